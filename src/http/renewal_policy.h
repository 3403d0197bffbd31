// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace rimfs::http {

/// Limits how often a login is renewed. A renewal costs the server a session, or the user a run of a script, and each
/// request for a forbidden file would cause one. There are at least 5 s between two renewals. The interval doubles, up
/// to a minute, after a renewal that did not help because the same request was refused again; a renewal that helped
/// resets it. When it is certain that the login has ended, two renewals in a row may follow sooner: a server that
/// restarts ends sessions one after the other. So a reader that repeatedly reads forbidden files causes one renewal a
/// minute, and a login that expires meanwhile is renewed within that time. Pure.
class RenewalPolicy {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kFirstPause{5};
  static constexpr std::chrono::seconds kLongestPause{60};

  /// How many renewals may follow sooner than the interval, until none was needed for a minute.
  static constexpr unsigned kSoon = 2;

  /// `certain`: the server has said that the login has ended; a refusal alone may concern the file.
  bool may_renew(Time now, bool certain = false) const {
    return !last_ || now - *last_ >= pause_ || (certain && soon_ < kSoon);
  }
  /// How long to wait until a renewal is allowed, when it is certain that the login has ended. Nothing when the last
  /// renewal did not help: another one is refused then.
  std::optional<std::chrono::nanoseconds> wait(Time now) const {
    if (may_renew(now, true)) return std::chrono::nanoseconds(0);
    return helped_ ? std::optional<std::chrono::nanoseconds>(*last_ + pause_ - now) : std::nullopt;
  }
  /// A renewal ended now, with any result.
  void renewed(Time now) {
    if (last_ && now - *last_ < pause_) ++soon_;
    if (last_ && now - *last_ >= kLongestPause) soon_ = 0;
    last_ = now;
    helped_ = false;
  }
  void helped() {
    pause_ = kFirstPause;
    helped_ = true;
  }
  void did_not_help() {
    pause_ = std::min(2 * pause_, kLongestPause);
    helped_ = false;
  }

 private:
  std::optional<Time> last_;
  std::chrono::seconds pause_ = kFirstPause;
  bool helped_ = false;  // the last one
  unsigned soon_ = 0;    // renewals that came sooner than the interval
};

}  // namespace rimfs::http
