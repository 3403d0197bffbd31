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

/// Runs `work` on a thread of `pool` and returns its result on the loop. Everything that `work` refers to outlives the
/// task. Rethrows an Error of `work`; converts any other exception to Error{system}. For work whose size an outside
/// party determines: parsing or sorting a listing, reading a map.
template <typename T>
Task<T> compute(Offload& pool, std::function<T()> work, Where caller = Where()) {
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
  auto done = pool.run(std::move(guarded), caller);
  co_await done;
  if (failure) throw *failure;
  co_return std::move(*result);
}

}  // namespace rimfs::reactor
