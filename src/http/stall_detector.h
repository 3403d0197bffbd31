// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <optional>

#include "http/wait_histogram.h"

namespace rimfs::http {

/// Determines how long a server may let a range request wait before it counts as stalled: longer than 99 of 100 waits
/// of its other requests. Separate for the first byte of a body and for later pieces. Pure; one thread.
class StallDetector {
 public:
  using Wait = WaitHistogram::Wait;

  /// Records the time from a request to the first byte of its body.
  void reply_began(Wait wait) { reply_waits_.add(counted(wait, reply_threshold())); }
  /// Records the longest wait for a piece in one sample of a body; see Progress.
  void piece_came(Wait wait) { piece_waits_.add(counted(wait, piece_threshold())); }

  /// The threshold for the first byte; nothing until enough is known.
  std::optional<Wait> reply_threshold() const { return of(reply_waits_); }
  /// The threshold for pieces. Until enough is known, it equals the threshold for the first byte: a reply that has
  /// begun should not pause longer than replies take to begin.
  std::optional<Wait> piece_threshold() const {
    const std::optional<Wait> known = of(piece_waits_);
    return known ? known : reply_threshold();
  }

  /// The number of waits from which a quantile is meaningful. With fewer, a stall lasts until the stall timeout.
  static constexpr std::uint32_t kEnough = 8;
  /// Half of the minimum wait of Linux before it retransmits a packet (RTO_MIN, 200 ms). Shorter waits are normal on a
  /// busy machine.
  static constexpr Wait kLeast = std::chrono::milliseconds(100);
  /// The least multiple of the median. Where waits vary little, a slightly longer one is not a stall.
  static constexpr int kMedians = 3;

 private:
  static std::optional<Wait> of(const WaitHistogram& waits) {
    if (waits.count() < kEnough) return std::nullopt;
    return std::max({waits.quantile(0.99), waits.quantile(0.5) * kMedians, kLeast});
  }
  /// Limits a recorded wait to twice the threshold, so that stalls do not raise the threshold too quickly. A server
  /// that has become slower is still learned: each round of such waits doubles the threshold.
  static Wait counted(Wait wait, std::optional<Wait> threshold) {
    return threshold ? std::min(wait, *threshold * 2) : wait;
  }

  WaitHistogram reply_waits_;
  WaitHistogram piece_waits_;
};

}  // namespace rimfs::http
