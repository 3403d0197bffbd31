// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <optional>

#include "http/wait_histogram.h"

namespace rimfs::http {

/// How long a server may keep a range request waiting before it counts as stalled: longer than 99 of 100 waits of its
/// other requests were. Apart for the first byte of a body and for the pieces after it. Pure; one thread.
class StallDetector {
 public:
  using Wait = WaitHistogram::Wait;

  /// The first byte of a body came after this, counted from the request.
  void reply_began(Wait wait) { reply_waits_.add(counted(wait, reply_threshold())); }
  /// The longest wait for a piece in one sample of a body; see Progress.
  void piece_came(Wait wait) { piece_waits_.add(counted(wait, piece_threshold())); }

  /// Nothing until enough is known.
  std::optional<Wait> reply_threshold() const { return of(reply_waits_); }
  /// Until enough is known of pieces: a reply that has begun should not pause longer than replies take to begin.
  std::optional<Wait> piece_threshold() const {
    const std::optional<Wait> known = of(piece_waits_);
    return known ? known : reply_threshold();
  }

  /// From this many on a quantile means something; a rarer stall than that waits for the stall timeout.
  static constexpr std::uint32_t kEnough = 8;
  /// Half of what Linux waits at least before it sends a lost packet again (RTO_MIN, 200 ms). Below it are the hiccups
  /// of a busy machine.
  static constexpr Wait kLeast = std::chrono::milliseconds(100);
  /// Where waits vary little, one that is a little longer says nothing.
  static constexpr int kMedians = 3;

 private:
  static std::optional<Wait> of(const WaitHistogram& waits) {
    if (waits.count() < kEnough) return std::nullopt;
    return std::max({waits.quantile(0.99), waits.quantile(0.5) * kMedians, kLeast});
  }
  /// Stalls must not teach that stalls are usual. A server that became slower is learned all the same: each round of
  /// such waits doubles the threshold.
  static Wait counted(Wait wait, std::optional<Wait> threshold) {
    return threshold ? std::min(wait, *threshold * 2) : wait;
  }

  WaitHistogram reply_waits_;
  WaitHistogram piece_waits_;
};

}  // namespace rimfs::http
