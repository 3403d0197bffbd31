// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/units.h"

namespace rimfs::http {

/// How long progress lets somebody wait beyond the deadline. Each byte pays for the time in which the minimum rate
/// would have brought it, so that a slow but steady transfer goes on and one that drips does not; a burst pays for one
/// deadline at most. Bytes came at some time since brought() was called last, and pay from then on: paid from now on,
/// the first byte in each look would be enough. Pure; one thread.
class ProgressCredit {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  /// `rate`: bytes a second; 0: any byte pays for a whole deadline.
  ProgressCredit(Clock::duration deadline, ByteCount rate) : deadline_(deadline), rate_(rate) {}

  /// `bytes` came since the last call. To be called with none, too, by whoever looks at intervals.
  void brought(ByteCount bytes, Time now) {
    const Time since = std::exchange(last_look_, now).value_or(now);
    if (bytes.is_zero()) return;
    const Time from = std::max(until_, since);
    const std::chrono::duration<double> most = now + deadline_ - from;
    const std::chrono::duration<double> paid(
        rate_.is_zero() ? most.count() : static_cast<double>(bytes.value) / static_cast<double>(rate_.value));
    until_ = from + std::chrono::duration_cast<Clock::duration>(std::min(paid, most));
  }

  /// Until when whoever waits for this may wait, if that is later than the deadline.
  Time until() const { return until_; }

 private:
  const Clock::duration deadline_;
  const ByteCount rate_;
  Time until_{};
  std::optional<Time> last_look_;
};

}  // namespace rimfs::http
