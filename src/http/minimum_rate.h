// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>

#include "base/units.h"

namespace rimfs::http {

/// Detects replies that arrive too slowly: a reply must transfer `per_second` bytes a second, measured over `window`. A
/// window ends as soon as its bytes have arrived. So a reply with a steady sufficient rate is never ended, and one that
/// is silent or drips is ended after one window. libcurl's CURLOPT_LOW_SPEED_LIMIT is not sufficient: it measures only
/// the last five seconds, so one burst in each window keeps a slow reply alive. Pure; one thread.
class MinimumRate {
 public:
  using Clock = std::chrono::steady_clock;

  /// With `per_second` of zero, any byte is sufficient.
  MinimumRate(ByteCount per_second, std::chrono::milliseconds window, Clock::time_point now)
      : window_(window), needed_(needed(per_second, window)), since_(now) {}

  /// Begins another wait: the request was sent, its head arrived, or its body began.
  void restart(Clock::time_point now) {
    since_ = now;
    brought_ = {};
  }
  void brought(ByteCount bytes, Clock::time_point now) {
    brought_ += bytes;
    if (brought_ >= needed_) restart(now);
  }
  bool too_slow(Clock::time_point now) const { return now - since_ >= window_; }

 private:
  static ByteCount needed(ByteCount per_second, std::chrono::milliseconds window) {
    // Both factors are bounded by the limits of the settings: 1 GiB a second and a day.
    const auto bytes = per_second.value * static_cast<std::uint64_t>(window.count()) / 1000;
    return ByteCount{std::max<std::uint64_t>(1, bytes)};
  }

  const std::chrono::milliseconds window_;
  const ByteCount needed_;
  Clock::time_point since_;
  ByteCount brought_;
};

}  // namespace rimfs::http
