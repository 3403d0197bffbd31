// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "http/failures.h"
#include "http/url.h"

namespace rimfs::http {

/// Decides where a request goes when an address redirects. The target of an earlier redirect is asked first. What its
/// failure means:
/// - It may pass: the request is repeated there for a while (Address::target_may_recover()), because another target may
///   be another server with another copy. After that the given address is asked again.
/// - It does not pass, such as 403 for a URL that has expired: the given address is asked again.
/// - A new target says that the file is missing or refused: a redirector may choose a better one, so it is asked again,
///   at most kMostTargets times and while it leads elsewhere.
/// - A new target at another server has another version of the file, and the old target's failure may pass: that is no
///   change. The old target is kept, and its failure is the result.
/// Pure; one request.
class RedirectRoute {
 public:
  static constexpr unsigned kMostTargets = 3;

  /// `remembered`: the address has a redirect target, which is asked first.
  explicit RedirectRoute(bool remembered) : at_given_(!remembered), remembered_(remembered) {}

  /// True when the next request goes to the given address, otherwise to the current target.
  bool at_given() const { return at_given_; }

  /// A redirect led to `target`. False when that has just failed: failure() is the result.
  bool redirected(const std::string& target) {
    at_given_ = false;
    remembered_ = false;
    return !failed_target_ || *failed_target_ != target;
  }

  /// The request of `asked` has failed. `current`: the target that the address has now; another request may have
  /// replaced it. `may_recover`: the target has not been failing for long. True when another request follows; otherwise
  /// failure() is the result.
  bool failed(const std::string& asked, const std::string& current, const Rejection& failure, bool may_recover) {
    const bool was_remembered = std::exchange(remembered_, false);
    if (keeps_old_target(current, failure)) return false;
    const bool again = was_remembered ? !(is_passing(failure) && may_recover) : may_be_elsewhere(failure);
    if (at_given_ || !again || targets_ == kMostTargets) {
      failure_ = failure;
      return false;
    }
    ++targets_;
    at_given_ = asked == current;
    failed_target_ = asked;
    failure_ = failure;
    old_target_is_better_ = was_remembered && is_passing(failure);
    return true;
  }

  /// The failure of the request, once failed() or redirected() has returned false.
  const Rejection& failure() const { return *failure_; }
  /// The target that the address must remember again.
  const std::optional<std::string>& target_to_restore() const { return restored_; }

 private:
  /// True for a failure of the server or of the network, not of the URL.
  static bool is_passing(const Rejection& failure) { return failure.retry && !failure.briefly; }
  /// True for what one of several servers may answer although another has the file.
  static bool may_be_elsewhere(const Rejection& failure) {
    return !is_passing(failure) && !failure.renews_login && failure.kind != ErrorKind::changed;
  }
  bool keeps_old_target(const std::string& current, const Rejection& failure) {
    const bool other_copy = old_target_is_better_ && failure.kind == ErrorKind::changed && !at_given_ &&
                            origin_of(current) != origin_of(*failed_target_);
    if (!other_copy) return false;
    failure_->reason +=
        "; another redirect target, " + display_url(current).text() + ", has another version of the file";
    restored_ = failed_target_;
    return true;
  }

  bool at_given_;
  bool remembered_;  // the next request goes to a target of an earlier request
  unsigned targets_ = 0;
  bool old_target_is_better_ = false;  // failed_target_ was remembered, and its failure may pass
  std::optional<std::string> failed_target_;
  std::optional<Rejection> failure_;
  std::optional<std::string> restored_;
};

}  // namespace rimfs::http
