// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>

namespace rimfs::reactor {

/// A clock for tests that advances only when a loop is idle: the loop then skips to its next timer. A test of hours
/// takes milliseconds and always runs in the same way. One thread.
class VirtualTime {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Begins far from zero, because some values use zero as "never".
  Time now() const { return now_; }
  void skip_to(Time when) { now_ = std::max(now_, when); }

 private:
  Time now_{std::chrono::hours(1000)};
};

}  // namespace rimfs::reactor
