// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>

#include "base/units.h"

namespace rimfs::http {

/// Tells when a reply comes too slowly: it must bring `per_second` bytes a second, measured over `window`. A window
/// ends as soon as it has brought its bytes, so a reply that is steadily fast enough is never cut, and one that is
/// silent or drips is cut after one window. libcurl's CURLOPT_LOW_SPEED_LIMIT does not do it: it looks at the speed of
/// the last five seconds only, so one burst in each window keeps a slow reply alive. Pure; one thread.
class MinimumRate {
 public:
  using Clock = std::chrono::steady_clock;

  /// `per_second` of zero: any byte is enough.
  MinimumRate(ByteCount per_second, std::chrono::milliseconds window, Clock::time_point now)
      : window_(window), needed_(needed(per_second, window)), since_(now) {}

  /// Another wait begins: the request was sent, its head arrived, or its body began.
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
    // Both are bounded by the settings' limits: 1 GiB a second and a day.
    const auto bytes = per_second.value * static_cast<std::uint64_t>(window.count()) / 1000;
    return ByteCount{std::max<std::uint64_t>(1, bytes)};
  }

  const std::chrono::milliseconds window_;
  const ByteCount needed_;
  Clock::time_point since_;
  ByteCount brought_;
};

}  // namespace rimfs::http
