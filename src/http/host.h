// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "http/concurrency.h"
#include "http/fair_share.h"
#include "http/link_estimate.h"
#include "http/stall_detector.h"
#include "reactor/event_loop.h"
#include "reactor/signal.h"
#include "reactor/task.h"

namespace rimfs::http {

/// What all servers share: how many requests there may be at once, and who waits for that. Reactor only.
struct TotalSlots {
  explicit TotalSlots(unsigned total) : share(total) {}

  FairShare share;
  std::vector<reactor::Signal*> waiting;  ///< To be notified when any request ends.
};

/// What is known of one server, shared by all that is asked of it. Owned by the Client, at a constant address.
class Host {
 public:
  /// `loop` outlives it. `on_room` is called when it may get one more request; the caller may be inside libcurl then.
  /// `total`: what it shares with the other servers; null when there are none.
  Host(
      std::string origin, unsigned connections, reactor::EventLoop& loop, std::function<void()> on_room = [] {},
      std::shared_ptr<TotalSlots> total = nullptr)
      : origin_(std::move(origin)),
        connections_(connections),
        on_room_(std::move(on_room)),
        total_(total ? std::move(total) : std::make_shared<TotalSlots>(connections)),
        concurrency_(connections),
        freed_(loop),
        allowed_(concurrency_.allowed()) {}

  /// "https://host:port".
  const std::string& origin() const { return origin_; }
  /// The most requests it gets at once. Any thread.
  unsigned connections() const { return connections_; }
  /// How many it got at once, when it was looked at last. Any thread.
  unsigned allowed() const { return allowed_.load(std::memory_order_relaxed); }
  /// Read by any thread, written by the reactor.
  LinkEstimate& link() { return link_; }
  const LinkEstimate& link() const { return link_; }
  /// Reactor only.
  Concurrency& concurrency() { return concurrency_; }
  const Concurrency& concurrency() const { return concurrency_; }
  /// Reactor only.
  StallDetector& stalls() { return stalls_; }

  /// True when it may get `more` requests now: of its own slots, and of what all servers share. For work that is queued
  /// elsewhere. Reactor only.
  bool has_room(unsigned more = 1) const {
    const bool own = more == 1 ? concurrency_.has_room() : concurrency_.has_room_for_two();
    return own && total_->share.has_room(concurrency_.running(), more);
  }
  /// Starts a request that there is room for. Reactor only.
  void start() {
    total_->share.begin(concurrency_.running());
    concurrency_.start();
  }
  /// Starts a request as soon as there is room for it. Reactor only.
  reactor::Task<> start_in_turn() {
    concurrency_.wait();
    while (!has_room_for_waiter()) {
      auto freed = freed_.wait();
      co_await freed;
    }
    total_->share.begin(concurrency_.running());
    concurrency_.start_waiter();
  }
  /// Bytes of the body of a range came. Reactor only.
  void brought(ByteCount bytes, Concurrency::Time now) {
    if (!concurrency_.brought(bytes, now)) return;
    allowed_.store(concurrency_.allowed(), std::memory_order_relaxed);
    freed_.notify_all();
    on_room_();
  }
  /// A request ends. Reactor only.
  void end() {
    total_->share.end(concurrency_.running());
    concurrency_.end();
    allowed_.store(concurrency_.allowed(), std::memory_order_relaxed);
    freed_.notify_all();
    for (reactor::Signal* other : std::exchange(total_->waiting, {})) other->notify_all();
    on_room_();
  }

 private:
  /// When only the total has none, the end of any server's request notifies.
  bool has_room_for_waiter() {
    if (!concurrency_.has_room_for_waiter()) return false;
    if (total_->share.has_room(concurrency_.running())) return true;
    std::vector<reactor::Signal*>& waiting = total_->waiting;
    if (std::find(waiting.begin(), waiting.end(), &freed_) == waiting.end()) waiting.push_back(&freed_);
    return false;
  }

  // Constant after construction.
  const std::string origin_;
  const unsigned connections_;
  const std::function<void()> on_room_;
  const std::shared_ptr<TotalSlots> total_;

  LinkEstimate link_;

  // Reactor only.
  Concurrency concurrency_;
  StallDetector stalls_;
  reactor::Signal freed_;

  std::atomic<unsigned> allowed_;  // a copy for other threads
};

}  // namespace rimfs::http
