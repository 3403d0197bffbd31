// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/units.h"

namespace rimfs::http {

/// Extends a wait beyond the deadline while bytes arrive. Each byte extends it by the time that the byte takes at the
/// minimum rate. So a slow but steady transfer continues, and one that drips does not; a burst extends the wait by at
/// most one deadline. Bytes have arrived at some time since the last call of brought(), and count from that call on; if
/// they counted from now on, one byte for each call would suffice. Pure; one thread.
class ProgressCredit {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  /// `rate` is in bytes a second; with 0 any byte counts as a whole deadline.
  ProgressCredit(Clock::duration deadline, ByteCount rate) : deadline_(deadline), rate_(rate) {}

  /// Records the bytes that arrived since the last call. A caller that polls must also call it with zero bytes.
  void brought(ByteCount bytes, Time now) {
    const Time since = std::exchange(last_look_, now).value_or(now);
    if (bytes.is_zero()) return;
    const Time from = std::max(until_, since);
    const std::chrono::duration<double> most = now + deadline_ - from;
    const std::chrono::duration<double> paid(
        rate_.is_zero() ? most.count() : static_cast<double>(bytes.value) / static_cast<double>(rate_.value));
    until_ = from + std::chrono::duration_cast<Clock::duration>(std::min(paid, most));
  }

  /// The time until which waiters may wait, if that is later than the deadline.
  Time until() const { return until_; }

 private:
  const Clock::duration deadline_;
  const ByteCount rate_;
  Time until_{};
  std::optional<Time> last_look_;
};

}  // namespace rimfs::http
