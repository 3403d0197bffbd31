// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "http/cookies.h"
#include "http/login_scheme.h"
#include "http/options.h"
#include "http/outcome.h"
#include "http/ticket_login.h"

namespace rimfs::http {

/// What the replies of one origin have asked for: requests there that use the same access carry it. A value; holds
/// secrets.
struct OriginState {
  /// Set by replies, redirects included: some servers redirect until a request has the cookie that they have set.
  Cookies cookies;
  LoginScheme scheme = LoginScheme::basic;  ///< For a user who logs in with a ticket: negotiate, or no login.
  TicketLogin ticket;
};

/// True when a refused request is to be sent again with another scheme of login, which is then that of `state`. The
/// request had the user's credentials.
bool takes_another_scheme(OriginState& state, const Outcome& refused, const ServerAccess& access,
                          TicketLogin::Time now);

/// The states of the origins that requests have reached. A cookie goes back only to the origin that set it, and only in
/// requests for sources with the same access. One thread.
class OriginMemory {
 public:
  /// The limit of origins, because redirects can lead to any number. What further ones ask for is forgotten.
  static constexpr std::size_t kMost = 1000;

  /// The state of `origin` for requests with this access. Valid until the memory ends.
  OriginState& of(const std::shared_ptr<const ServerAccess>& access, const std::string& origin) {
    const auto found = states_.find({access, origin});
    if (found != states_.end()) return found->second;
    if (states_.size() >= kMost) return overflow_ = OriginState();
    return states_[{access, origin}];
  }

 private:
  // The key owns the access, so that no other one gets its address.
  std::map<std::pair<std::shared_ptr<const ServerAccess>, std::string>, OriginState> states_;
  OriginState overflow_;
};

}  // namespace rimfs::http
