// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <utility>

#include "base/error.h"
#include "reactor/offload.h"
#include "reactor/task.h"

namespace rimfs::reactor {

/// Runs `work` on a thread of `pool` and returns its result, on the loop. What `work` refers to outlives the task.
/// Throws what it throws; an exception that is no Error becomes Error{system}. For work whose size somebody else
/// decides: parsing a listing, sorting it, reading a map.
template <typename T>
Task<T> compute(Offload& pool, std::function<T()> work, Where asked = Where()) {
  std::optional<T> result;
  std::optional<Error> failure;
  Offload::Work guarded = [&] {
    try {
      result.emplace(work());
    } catch (const Error& error) {
      failure = error;
    } catch (const std::exception& error) {
      failure.emplace(ErrorKind::system, error.what());
    }
  };
  auto done = pool.run(std::move(guarded), asked);
  co_await done;
  if (failure) throw *failure;
  co_return std::move(*result);
}

}  // namespace rimfs::reactor
