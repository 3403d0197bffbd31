// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace rimfs::http {

/// Limits how often a login is renewed. A renewal costs the server a session, or the user a run of a script, and each
/// request for a forbidden file would cause one. There are at least 5 s between two renewals. The interval doubles, up
/// to a minute, after a renewal that did not help because the same request was refused again; a renewal that helped
/// resets it. So a reader that repeatedly reads forbidden files causes one renewal a minute, and a login that expires
/// meanwhile is renewed within that time. Pure.
class RenewalPolicy {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kFirstPause{5};
  static constexpr std::chrono::seconds kLongestPause{60};

  bool may_renew(Time now) const { return !last_ || now - *last_ >= pause_; }
  /// A renewal ended now, with any result.
  void renewed(Time now) { last_ = now; }
  void helped() { pause_ = kFirstPause; }
  void did_not_help() { pause_ = std::min(2 * pause_, kLongestPause); }

 private:
  std::optional<Time> last_;
  std::chrono::seconds pause_ = kFirstPause;
};

}  // namespace rimfs::http
