// SPDX-License-Identifier: MIT
#pragma once

#include <cstdio>
#include <cstdlib>

namespace rimfs::reactor {

/// Ends the program when a rule of this room is broken, in every build: going on would resume a coroutine that is
/// gone. Any thread. One line goes to standard error.
inline void require(bool holds, const char* rule) noexcept {
  if (holds) [[likely]]
    return;
  std::fprintf(stderr, "rimfs: broken rule of the reactor: %s\n", rule);
  std::abort();
}

}  // namespace rimfs::reactor
