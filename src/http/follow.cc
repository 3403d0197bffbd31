// SPDX-License-Identifier: MIT
// How one request of the client reaches the server that answers it: login, redirects, one exchange after another.
#include <fmt/format.h>

#include <utility>

#include "http/client.h"
#include "http/redirect_route.h"
#include "http/url.h"

namespace rimfs::http {
namespace {

constexpr int kMostRedirects = 10;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// The part of the deadline (a quarter) that a request waits for the renewal of a login that is only old.
constexpr int kPartForRenewal = 4;

/// Renewals of the login for one request, and as many corrections: a login may end again between its renewal and the
/// request.
constexpr unsigned kMostRenewals = 3;

/// Sets the target of a redirect in `address`. `asked` is the requested URL. Returns the reason when it is refused.
std::optional<Rejection> redirect(Address& address, const std::string& asked, const Request& request,
                                  const ReplyHead& head) {
  if (auto broken = check_framing(head)) return broken;
  if (head.location.empty()) return of_fault(Fault::redirect_without_target, std::to_string(head.status));
  try {
    const std::string target = redirect_target(asked, head.location);
    if (!is_web_url(target)) return of_fault(Fault::redirect_elsewhere);
    if (is_https(address.given()) && !is_https(target)) return of_fault(Fault::redirect_to_plain);
    // A body may contain a password, and such a request carries its cookie itself.
    if (request.is_call() && origin_of(target) != origin_of(asked)) {
      return of_fault(Fault::redirect_of_post, display_url(target, address.access().server_kinds).text());
    }
    address.redirect_to(target);
    return std::nullopt;
  } catch (const Error& error) {
    return of_fault(Fault::redirect_elsewhere, error.message());
  }
}

}  // namespace

/// Waits for a slot of the server. A POST or PUT does not wait: logins use it, and requests that hold slots may be
/// waiting for a login.
reactor::Task<Outcome> Client::follow_in_turn(Address& address, const Request& request, BodySink& sink) {
  Slot slot;
  if (!request.is_call()) {
    co_await slot.move_to(host_of(address));
  }
  Outcome outcome = co_await follow(address, request, sink, slot);
  co_return outcome;
}

std::chrono::milliseconds Client::since(reactor::EventLoop::Clock::time_point begun) const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(loop_.now() - begun);
}

/// Renews the login when its credentials are refused. A refusal, and a server elsewhere, sets no cookie of the login.
reactor::Task<Outcome> Client::follow(Address& address, const Request& request, BodySink& sink, Slot& slot) {
  const std::shared_ptr<Login> login = address.login();
  Outcome outcome;
  if (login && login->version() == 0) {
    const bool ready = co_await renewed(*login, 0, outcome);
    if (!ready) co_return outcome;
    outcome = Outcome();
  } else if (login && login->due()) {
    co_await renew_old(login);
  }
  unsigned renewals = 0;
  for (unsigned corrections = 0;;) {
    const std::uint64_t shown = login ? login->version() : 0;
    const auto begun = loop_.now();
    if (login) address.use(login->credentials());
    outcome = co_await follow_redirects(address, request, sink, slot);
    outcome.took = since(begun);
    if (!login) co_return outcome;
    const bool says_how = outcome.failure && outcome.failure->corrects_login && outcome.saw_credentials;
    if (says_how && !cancelled_ && corrections < kMostRenewals && login->correct(outcome, shown, address.given())) {
      ++corrections;
      continue;
    }
    const bool refused = outcome.failure && outcome.failure->renews_login;
    if (renewals > 0) login->tried_again(refused);
    const bool takes_cookies = !outcome.failure && outcome.saw_credentials && login->version() == shown;
    if (takes_cookies) login->take_cookies(outcome.head.cookies);
    if (!refused || cancelled_ || renewals == kMostRenewals) co_return outcome;
    const bool again = co_await renewed(*login, shown, outcome);
    if (!again) co_return outcome;
    ++renewals;
  }
}

/// Renews an old login beside the requests. Requests wait for it only for a part of the deadline, because the old
/// credentials may still be valid. If they are not, the refusal makes the requests wait.
reactor::Task<> Client::renew_old(std::shared_ptr<Login> login) {
  if (!login->renewing_since() && !cancelled_) renewals_.spawn(renew_aside(login));
  const auto begun = login->renewing_since();
  if (!begun) co_return;
  co_await login->renewal_ended(*begun + options_.answer_deadline() / kPartForRenewal);
}

reactor::Task<> Client::renew_aside(std::shared_ptr<Login> login) {
  Outcome outcome;
  const bool ready = co_await renewed(*login, login->version(), outcome);
  if (!ready && outcome.failure) log_.warning("{}", outcome.failure->reason);
}

reactor::Task<> Client::close() {
  co_await renewals_.joined();
  co_await downloads_.joined();
}

/// Returns false when there are no newer credentials; puts the reason into `outcome`.
reactor::Task<bool> Client::renewed(Login& login, std::uint64_t refused, Outcome& outcome) {
  // The login may return its last error at once, without a request that would end, and sleeps end at once during
  // shutdown.
  if (cancelled_) {
    outcome.failure = kGivenUp;
    co_return false;
  }
  const auto place = renewing_.insert(&login);
  bool newer = false;
  try {
    newer = co_await login.renew(refused);
  } catch (const Error& error) {
    const bool passing = is_connection_failure(error.kind());
    outcome.failure = Rejection{error.kind(), passing, error.message()};
  }
  renewing_.erase(place);
  co_return newer;
}

/// The slot is held at the server that is requested. A server that hangs behind a redirect therefore holds no slot of
/// the redirecting server. A request without a slot continues without one.
reactor::Task<Outcome> Client::follow_redirects(Address& address, const Request& request, BodySink& sink, Slot& slot) {
  const auto begun = loop_.now();
  RedirectRoute route(address.redirected());
  for (int hops = 0;; ++hops) {
    const bool at_given = route.at_given();
    const std::string asked = at_given ? address.given() : address.current();
    Host& host = host_at(address, asked);
    const bool elsewhere = slot.host() && slot.host() != &host;
    if (elsewhere) {
      co_await slot.move_to(host);
    }
    Outcome outcome = co_await ask(address, at_given, request, sink, host, begun);
    if (is_redirect(outcome.head.status) && outcome.failure && !outcome.failure->corrects_login) {
      const bool too_long = hops >= kMostRedirects || loop_.now() - begun > options_.retry_deadline;
      outcome.failure =
          too_long ? of_fault(Fault::redirect_too_often) : redirect(address, asked, request, outcome.head);
      if (outcome.failure) co_return outcome;
      if (route.redirected(address.current())) continue;
      outcome.failure = route.failure();
      co_return outcome;
    }
    if (!outcome.failure || outcome.failure->kind == ErrorKind::cancelled || outcome.body.value > 0) co_return outcome;
    const bool may_recover = !at_given && address.target_may_recover(loop_.now(), options_.retry_deadline);
    if (!route.failed(asked, address.current(), *outcome.failure, may_recover)) {
      if (const auto& target = route.target_to_restore()) address.redirect_to(*target);
      outcome.failure = route.failure();
      co_return outcome;
    }
    failures_.retrying(address.origin(), *outcome.failure,
                       fmt::format("{}: the redirect target fails ({}); retrying the original address", address.shown(),
                                   outcome.failure->reason));
  }
}

/// Sends the request to the given address or to its redirect target; once more when the server wants the user's login
/// in another scheme. Its time runs from `begun`.
reactor::Task<Outcome> Client::ask(const Address& address, bool at_given, const Request& request, BodySink& sink,
                                   Host& host, reactor::EventLoop::Clock::time_point begun) {
  Outcome outcome = co_await exchange(address, at_given, request, sink, host, begun);
  OriginState& state = origins_.of(address.shared_access(), host.origin());
  if (!outcome.failure || !takes_another_scheme(state, outcome, address.access(), loop_.now())) co_return outcome;
  outcome = co_await exchange(address, at_given, request, sink, host, begun);
  co_return outcome;
}

/// Sends the request once.
reactor::Task<Outcome> Client::exchange(const Address& address, bool at_given, const Request& request, BodySink& sink,
                                        Host& host, reactor::EventLoop::Clock::time_point begun) {
  Exchange exchange(loop_, address, at_given, options_, request, sink, host, begun);
  OriginState& state = origins_.of(address.shared_access(), origin_of(exchange.url()));
  exchange.use(state);
  exchange.sign(std::chrono::system_clock::now());
  if (exchange.given_up() || (cancelled_ && !request.during_shutdown)) {
    exchange.finish(kGivenUp, {});
  } else {
    transport_.start(exchange);
  }
  auto ended = exchange.ended();
  co_await ended;
  Outcome outcome = exchange.outcome();
  outcome.saw_credentials = exchange.may_send_credentials();
  outcome.scheme = exchange.origin_state().scheme;
  const bool are_logins = address.login() && address.login()->keeps_cookies() && outcome.saw_credentials;
  if (!are_logins) state.cookies.set_all(outcome.head.cookies);
  co_return outcome;
}

}  // namespace rimfs::http
