// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace rimfs::http {

/// How soon a login may be renewed again. A renewal costs the server a session, or the user a run of a script, and one
/// file that nobody may read would ask for it each time. Between two there are at least 5 s; after one that did not
/// help, because the same request was refused again, twice as long as before, up to a minute; one that helped ends
/// that. So who reads forbidden files all the time causes one renewal a minute, and a login that expires meanwhile is
/// back within that. Pure.
class RenewalPolicy {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kRest{5};
  static constexpr std::chrono::seconds kLongestRest{60};

  bool may_renew(Time now) const { return !last_ || now - *last_ >= rest_; }
  /// A renewal ended now, whatever came of it.
  void renewed(Time now) { last_ = now; }
  void helped() { rest_ = kRest; }
  void was_in_vain() { rest_ = std::min(2 * rest_, kLongestRest); }

 private:
  std::optional<Time> last_;
  std::chrono::seconds rest_ = kRest;
};

}  // namespace rimfs::http
