// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "http/renewal_policy.h"
#include "reactor/event_loop.h"
#include "reactor/signal.h"
#include "reactor/task.h"

namespace rimfs::http {

/// A login that many requests share and that can be renewed: a session's cookie, or what a script prints. One renewal
/// at a time; requests that are refused meanwhile wait for it. Reactor only.
class Login {
 public:
  /// What requests carry. Sent only to the origin that it was issued for.
  struct Credentials {
    Secret cookie;
    std::vector<Secret> headers;
  };

  /// `loop` outlives the login. Its credentials are renewed after `age`; zero: only when it is refused.
  explicit Login(reactor::EventLoop& loop, std::chrono::milliseconds age = {})
      : loop_(loop), age_(age), renewed_(loop) {}
  virtual ~Login() = default;

  const Credentials& credentials() const { return credentials_; }
  /// Which renewal credentials() are from; 0 before the first.
  std::uint64_t version() const { return version_; }

  /// True when it must be renewed before the next request: nothing was ever fetched, or it is too old.
  bool due() const;

  /// When the renewal under way began; nothing when there is none.
  std::optional<reactor::EventLoop::Clock::time_point> renewing_since() const { return renewing_since_; }
  /// Waits for the end of the renewal under way, at most until then.
  reactor::Task<> renewal_ended(reactor::EventLoop::Clock::time_point until);

  /// How a refusal was reported.
  enum class Refusal {
    of_request,  ///< 401 or 403: it may be about the file.
    of_login,    ///< The server said that the login is over.
  };
  /// A request that carried the credentials of version `refused` was refused. True: there is a newer version to try.
  /// False: the refusal is about the file, because the login is still good, or was renewed only just now
  /// (RenewalPolicy). Throws the Error that prevents the renewal; one that failed just now fails again with the same
  /// Error, unasked.
  reactor::Task<bool> renew(std::uint64_t refused, Refusal refusal = Refusal::of_request);

  /// A request was sent again with the newer version.
  void tried_again(bool refused_again) { refused_again ? policy_.was_in_vain() : policy_.helped(); }

  /// Ends a renewal under way soon. For the end of the program.
  virtual void cancel() {}

  /// Ends it, and logs out where the server has sessions. No other request is sent any more, and the event loop must
  /// let no coroutine sleep. Never throws; a second call does nothing.
  virtual reactor::Task<> close() { co_return; }

 protected:
  /// Gets the credentials for now. Throws Error.
  virtual reactor::Task<Credentials> fetch() = 0;
  /// Whether the credentials are still good.
  enum class Verdict { good, over, unknown };
  /// Asks the server, when there is a way to ask. Throws Error.
  virtual reactor::Task<Verdict> ask_verdict() { co_return Verdict::unknown; }
  reactor::EventLoop& loop() { return loop_; }

 private:
  reactor::Task<> replace_unless_good(bool ask);

  reactor::EventLoop& loop_;
  const std::chrono::milliseconds age_;
  reactor::Signal renewed_;
  Credentials credentials_;
  std::uint64_t version_ = 0;
  std::optional<reactor::EventLoop::Clock::time_point> renewing_since_;
  RenewalPolicy policy_;
  std::optional<Error> problem_;  // of the last renewal
  std::optional<reactor::EventLoop::Clock::time_point> renewed_at_;
};

}  // namespace rimfs::http
