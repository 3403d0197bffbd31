// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "http/renewal_policy.h"
#include "http/signer.h"
#include "reactor/event_loop.h"
#include "reactor/signal.h"
#include "reactor/task.h"

namespace rimfs::http {

struct Outcome;

/// Renewable credentials that many requests share: a session's cookie, or the output of a script. One renewal at a
/// time; requests that are refused meanwhile wait for it. Reactor only.
class Login {
 public:
  /// The credentials in requests. They are sent only to the origin that they were issued for.
  struct Credentials {
    Secret cookie;
    std::vector<Secret> headers;
    Secret url;            ///< Requested in place of `replaced`; empty: the user's own URL is requested.
    std::string replaced;  ///< The user's URL.
    std::shared_ptr<const Signer> signer;  ///< Authorises each request by itself; null: requests are not signed.
  };

  /// `loop` outlives the login. Its credentials are renewed after `age`; with zero, only after a refusal.
  explicit Login(reactor::EventLoop& loop, std::chrono::milliseconds age = {})
      : loop_(loop), age_(age), renewed_(loop) {}
  virtual ~Login() = default;

  const Credentials& credentials() const { return credentials_; }
  /// The number of the renewal that produced credentials(); 0 before the first.
  std::uint64_t version() const { return version_; }

  /// True when a renewal is required before the next request: there are no credentials yet, or they are too old.
  bool due() const;

  /// The start of the renewal in flight; nothing when there is none.
  std::optional<reactor::EventLoop::Clock::time_point> renewing_since() const { return renewing_since_; }
  /// Waits for the end of the renewal in flight, at most until this time.
  reactor::Task<> renewal_ended(reactor::EventLoop::Clock::time_point until);

  /// How a refusal was reported.
  enum class Refusal {
    of_request,  ///< A 401 or 403, which may concern only the file.
    of_login,    ///< The server reported that the login has ended.
  };
  /// Handles the refusal of a request that carried the credentials of version `refused`. Returns true when there is a
  /// newer version to try. Returns false when the refusal concerns the file, because the login is still valid or was
  /// renewed very recently (RenewalPolicy). Throws the Error of a failed renewal; a renewal that failed very recently
  /// is not repeated, and its Error is thrown again.
  reactor::Task<bool> renew(std::uint64_t refused, Refusal refusal = Refusal::of_request);

  /// True when the cookies of replies belong to the login, which passes them to take_cookies(). Otherwise they are kept
  /// as those of a server without a login are.
  virtual bool keeps_cookies() const { return false; }
  /// Takes the cookies of a reply to a request that was accepted with these credentials: a load balancer may set
  /// others. Each is "name=value".
  virtual void take_cookies(const std::vector<std::string>&) {}

  /// Looks at a refusal of `url` that says how requests must be changed (Rejection::corrects_login). `shown`: the
  /// version of the credentials that the request carried. Returns true when there are corrected credentials, a newer
  /// version, to try.
  virtual bool correct(const Outcome& /*refused*/, std::uint64_t /*shown*/, const std::string& /*url*/) {
    return false;
  }

  /// Records the result of a request that was repeated with the newer version.
  void tried_again(bool refused_again) { refused_again ? policy_.did_not_help() : policy_.helped(); }

  /// Ends a renewal in flight soon, for shutdown.
  virtual void cancel() {}

  /// Ends the login, and logs out where the server has sessions. No other request may be sent any more, and the event
  /// loop must end sleeps at once. Never throws; a second call has no effect.
  virtual reactor::Task<> close() { co_return; }

 protected:
  /// Gets new credentials. Throws Error.
  virtual reactor::Task<Credentials> fetch() = 0;
  /// Whether the credentials are still valid.
  enum class Verdict { good, over, unknown };
  /// Requests the state of the login from the server, if it supports that. Throws Error.
  virtual reactor::Task<Verdict> ask_verdict() { co_return Verdict::unknown; }
  reactor::EventLoop& loop() { return loop_; }
  /// Replaces the cookie of the present version.
  void replace_cookie(Secret cookie) { credentials_.cookie = std::move(cookie); }
  /// Replaces the credentials, without a renewal, by a newer version.
  void replace(Credentials corrected);
  /// The credentials that fetch() is about to return are renewed at this time, beside the requests.
  void renew_at(reactor::EventLoop::Clock::time_point when) { renew_at_ = when; }

 private:
  reactor::Task<> replace_unless_good(bool ask);

  reactor::EventLoop& loop_;
  const std::chrono::milliseconds age_;
  reactor::Signal renewed_;
  Credentials credentials_;
  std::uint64_t version_ = 0;
  std::optional<reactor::EventLoop::Clock::time_point> renewing_since_;
  RenewalPolicy policy_;
  std::optional<Error> problem_;  // the error of the last renewal
  std::optional<reactor::EventLoop::Clock::time_point> renewed_at_;
  std::optional<reactor::EventLoop::Clock::time_point> renew_at_;
};

}  // namespace rimfs::http
