// SPDX-License-Identifier: MIT
// Hedged requests (Dean and Barroso, "The Tail at Scale", CACM 2013): one slow reply holds up a reader that needs all
// replies in order. When a request stalls, a second request for the missing bytes goes over another connection.
//
// When: the wait is longer than the threshold of http::StallDetector, which is learned from this server's other
// replies. Where no reader waits yet, the threshold is doubled. Each further race of one request doubles it again. No
// race starts when the process itself did not run for a while: what arrived meanwhile has to be read first.
//
// How much: at most 512 KiB of what is missing, as far as HedgeBudget allows; it bounds the duplicate bytes. The second
// request needs a free slot and the slot of any other request.
//
// Who wins: Race decides. The first of the two that delivers a piece (16 KiB, or all that it was requested for) wins,
// and the other is cancelled. Both write to one Landing; Race returns how many of the bytes are new, so each byte lands
// once. A body whose framing proves nothing before its end is held back until then (http::BodySink): the first request
// stages it where it will land, the second keeps a copy.
//
// The caller sees one outcome. It requests what is still missing with an ordinary request, which costs no budget.
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

/// Requests the missing bytes of a landing, and hedges the request when it stalls. Owns its second requests and the
/// budget for them. Reactor only. Returns failures as an http::Outcome.
class Hedging {
 public:
  /// When a second request is useful, and how to start it.
  struct Rules {
    /// True while a reader waits for bytes of this range.
    std::function<bool(const RemoteFile&, ByteRange)> awaited;
    /// Called when a request stalls or a slot has become free: start_second() may be called.
    std::function<void()> reschedule;
  };

  /// All arguments outlive it.
  Hedging(reactor::EventLoop& loop, http::Client& client, observe::Counters& counters, Rules rules);
  ~Hedging();

  /// Requests what is missing of the landing, and writes it there. An outcome without a failure brought some bytes, not
  /// always all. The caller holds a slot, which moves to the server that is requested; afterwards it may be empty.
  reactor::Task<http::Outcome> get(RemoteFile& file, Landing& landing, http::Slot& slot);

  /// Ends the requests for this landing soon. get() then returns a failure of ErrorKind::cancelled.
  void abandon(const Landing& landing);

  /// True when the server of this file may receive one more request. `demand`: a reader waits for it.
  using HasFreeSlot = std::function<bool(const RemoteFile&, bool demand)>;
  /// Sends the second request that is needed most. False when no request stalls, the budget is used up, or there is no
  /// free slot.
  bool start_second(const HasFreeSlot& has_free_slot);

  /// Starts no more second requests. For the end of the mount.
  void close();

 private:
  class Attempt;

  void watch();
  void check();
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
  reactor::EventLoop::Clock::time_point due_{};  // when the timer is due
  bool check_skipped_ = false;                   // the last check was skipped
  bool closed_ = false;
};

}  // namespace rimfs::fetch
