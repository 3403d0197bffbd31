// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "reactor/event_loop.h"
#include "reactor/signal.h"
#include "reactor/task.h"

namespace rimfs::http {

/// A login that many requests share and that can be renewed: a session's cookie, or what a script prints. One renewal
/// at a time; whoever is refused meanwhile waits for it. Reactor only.
class Login {
 public:
  /// What requests show. Sent only to the origin it was given for.
  struct Shown {
    Secret cookie;
    std::vector<Secret> headers;
  };

  /// `loop` outlives the login. What it shows is renewed after `age`; zero: only when it is refused.
  explicit Login(reactor::EventLoop& loop, std::chrono::milliseconds age = {})
      : loop_(loop), age_(age), renewed_(loop) {}
  virtual ~Login() = default;

  const Shown& shown() const { return shown_; }
  /// Which renewal shown() is from; 0 before the first.
  std::uint64_t version() const { return version_; }

  /// True when it must be renewed before the next request: nothing was ever fetched, or it is too old.
  bool due() const;

  /// A request that showed `refused` was refused. Sees to it that there is a newer version, and throws the Error that
  /// prevents it. False: what was refused was renewed only just now, so another renewal would not help; a renewal that
  /// failed just now fails again with the same Error, unasked.
  reactor::Task<bool> renew(std::uint64_t refused);

  /// Ends a renewal under way soon. For the end of the program.
  virtual void cancel() {}

  /// Ends it, and says goodbye where that is usual. Nothing is asked of the server any more; the event loop must let
  /// nobody sleep. Never throws; a second call does nothing.
  virtual reactor::Task<> close() { co_return; }

 protected:
  /// Gets what to show now. Throws Error.
  virtual reactor::Task<Shown> fetch() = 0;
  reactor::EventLoop& loop() { return loop_; }

 private:
  reactor::EventLoop& loop_;
  const std::chrono::milliseconds age_;
  reactor::Signal renewed_;
  Shown shown_;
  std::uint64_t version_ = 0;
  bool renewing_ = false;
  std::optional<Error> problem_;  // of the last renewal
  std::optional<reactor::EventLoop::Clock::time_point> renewed_at_;
};

}  // namespace rimfs::http
