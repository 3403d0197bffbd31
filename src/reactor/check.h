// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <cstdlib>

namespace rimfs::reactor {

/// Aborts the program, in every build, when a rule of this room is broken: continuing would resume a destroyed
/// coroutine. Writes one line to standard error. Any thread.
inline void require(bool holds, const char* rule) noexcept {
  if (holds) [[likely]]
    return;
  std::fprintf(stderr, "rimfs: broken rule of the reactor: %s\n", rule);
  std::abort();
}

}  // namespace rimfs::reactor
