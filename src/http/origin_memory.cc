// SPDX-License-Identifier: MIT
#include "http/origin_memory.h"

namespace rimfs::http {
namespace {

/// A request without a login may be repeated with the ticket; one with the ticket is not, and the next ones have none.
bool takes_ticket(OriginState& state, const Outcome& refused, TicketLogin::Time now) {
  using enum LoginScheme;
  if (refused.scheme == negotiate) {
    // Of requests side by side, the first one that is refused counts.
    if (state.scheme == negotiate) state.ticket.refused(now, refused.ticket_problem);
    state.scheme = basic;
    return false;
  }
  if (state.scheme != negotiate && !state.ticket.may_try(now)) return false;
  if (!offers(refused.head.login_schemes, negotiate)) return false;
  state.scheme = negotiate;
  return true;
}

}  // namespace

bool takes_another_scheme(OriginState& state, const Outcome& refused, const ServerAccess& access,
                          TicketLogin::Time now) {
  const bool asks_for_login = refused.head.status == 401 && refused.saw_credentials;
  if (!asks_for_login || (!access.user && !access.netrc)) return false;
  if (access.uses_ticket()) return takes_ticket(state, refused, now);
  if (state.scheme != refused.scheme) return true;  // another request has learned it meanwhile
  const bool has_user = access.netrc || !access.user->empty();
  const auto scheme = scheme_after(state.scheme, refused.head.login_schemes, has_user);
  if (scheme) state.scheme = *scheme;
  return scheme.has_value();
}

}  // namespace rimfs::http
