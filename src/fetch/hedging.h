// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <list>

#include "fetch/hedge_budget.h"
#include "fetch/landing.h"
#include "http/client.h"
#include "observe/counters.h"
#include "reactor/event_loop.h"
#include "reactor/task.h"

namespace rimfs::fetch {

/// Asks for ranges, and hedges: when a request stalls, a second one for what is missing goes over another connection;
/// the first to bring a piece of it wins, and the other is cancelled ("hedged requests": Dean and Barroso, "The Tail at
/// Scale", CACM 2013). When a request has stalled, how much may be asked for twice, and who has won are told by
/// http::StallDetector, HedgeBudget and Race. Reactor only.
class Hedging {
 public:
  /// Why and when it may send a second request.
  struct Rules {
    /// True while a reader waits for bytes of this range.
    std::function<bool(const RemoteFile&, ByteRange)> awaited;
    /// Something stalls, or a place has become free: start_second() may be called.
    std::function<void()> look_again;
  };

  /// All outlive it.
  Hedging(reactor::EventLoop& loop, http::Client& client, observe::Counters& counters, Rules rules);
  ~Hedging();

  /// Asks for what is missing of the landing, and brings it there. An outcome without a failure brought something, not
  /// always all. The caller has a slot, which moves to whichever server is asked; afterwards it may be empty.
  reactor::Task<http::Outcome> get(RemoteFile& file, Landing& landing, http::Slot& slot);

  /// Ends the requests for this landing soon; get() returns a failure of ErrorKind::cancelled.
  void abandon(const Landing& landing);

  /// True when there is room for one more request to the server of this file; `demand`: a reader waits for it.
  using Room = std::function<bool(const RemoteFile&, bool demand)>;
  /// Sends the second request that is needed most. False when none is needed, paid for, or has room.
  bool start_second(const Room& room);

  /// No more of them, for the end of the mount.
  void close();

 private:
  class Attempt;

  void watch();
  void look();
  reactor::Task<> run_second(Attempt& attempt, ByteRange range);
  void settle(const Attempt& attempt, ByteCount taken);

  // Constant after construction.
  reactor::EventLoop& loop_;
  http::Client& client_;
  observe::Counters& counters_;
  const Rules rules_;

  // Reactor only.
  HedgeBudget budget_;
  std::list<Attempt*> attempts_;
  reactor::EventLoop::TimerId timer_ = 0;
  reactor::EventLoop::Clock::time_point due_{};  // when the timer should ring
  bool looked_away_ = false;                     // the last time
  bool closed_ = false;
};

}  // namespace rimfs::fetch
