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
#include "http/if_range_support.h"
#include "http/network_path_estimate.h"
#include "http/reply_limit.h"
#include "http/stall_detector.h"
#include "reactor/event_loop.h"
#include "reactor/signal.h"
#include "reactor/task.h"

namespace rimfs::http {

/// The state that all servers share: the limit of concurrent requests, and the waiters for it. Reactor only.
struct TotalSlots {
  explicit TotalSlots(unsigned total) : share(total) {}

  FairShare share;
  std::vector<reactor::Signal*> waiting;  ///< The signals to notify when any request ends.
};

/// The state of one server, shared by all requests to it. Owned by the Client, at a constant address.
class Host {
 public:
  /// `loop` outlives the host. `on_free_slot` is called when the server may receive one more request; libcurl may be
  /// active in that call. `total` is shared with the other servers; null when there are none.
  Host(
      std::string origin, unsigned connections, reactor::EventLoop& loop, std::function<void()> on_free_slot = [] {},
      std::shared_ptr<TotalSlots> total = nullptr)
      : origin_(std::move(origin)),
        connections_(connections),
        on_free_slot_(std::move(on_free_slot)),
        total_(total ? std::move(total) : std::make_shared<TotalSlots>(connections)),
        concurrency_(connections),
        freed_(loop),
        allowed_(concurrency_.allowed()) {}

  /// The origin: "https://host:port".
  const std::string& origin() const { return origin_; }
  /// The configured limit of concurrent requests. Any thread.
  unsigned connections() const { return connections_; }
  /// The number of concurrent requests allowed, as of the last update. Any thread.
  unsigned allowed() const { return allowed_.load(std::memory_order_relaxed); }
  /// Read by any thread, written by the reactor.
  NetworkPathEstimate& network_path() { return network_path_; }
  const NetworkPathEstimate& network_path() const { return network_path_; }
  /// Reactor only.
  Concurrency& concurrency() { return concurrency_; }
  const Concurrency& concurrency() const { return concurrency_; }
  /// Reactor only.
  StallDetector& stalls() { return stalls_; }

  /// The longest reply of the server. Reactor only.
  ReplyLimit& reply_limit() { return reply_limit_; }
  const ReplyLimit& reply_limit() const { return reply_limit_; }
  /// Whether requests carry If-Range. Reactor only.
  IfRangeSupport& if_range() { return if_range_; }

  /// True when the server may receive `more` requests now: within its own limit, and within the total. For work that is
  /// queued elsewhere. Reactor only.
  bool has_free_slot(unsigned more = 1) const {
    const bool own = more == 1 ? concurrency_.has_free_slot() : concurrency_.has_two_free_slots();
    return own && total_->share.has_free_slot(concurrency_.running(), more);
  }
  /// Starts a request for which has_free_slot() is true. Reactor only.
  void start() {
    total_->share.begin(concurrency_.running());
    concurrency_.start();
  }
  /// Waits for a free slot, then starts a request. Reactor only.
  reactor::Task<> start_in_turn() {
    concurrency_.wait();
    while (!has_slot_for_waiter()) {
      auto freed = freed_.wait();
      co_await freed;
    }
    total_->share.begin(concurrency_.running());
    concurrency_.start_waiter();
  }
  /// Records bytes of the body of a range. Reactor only.
  void brought(ByteCount bytes, Concurrency::Time now) {
    if (!concurrency_.brought(bytes, now)) return;
    allowed_.store(concurrency_.allowed(), std::memory_order_relaxed);
    freed_.notify_all();
    on_free_slot_();
  }
  /// Records the end of a request. Reactor only.
  void end() {
    total_->share.end(concurrency_.running());
    concurrency_.end();
    allowed_.store(concurrency_.allowed(), std::memory_order_relaxed);
    freed_.notify_all();
    for (reactor::Signal* other : std::exchange(total_->waiting, {})) other->notify_all();
    on_free_slot_();
  }

 private:
  /// True when a waiter may start. When only the total is exhausted, registers for the end of any server's request.
  bool has_slot_for_waiter() {
    if (!concurrency_.has_slot_for_waiter()) return false;
    if (total_->share.has_free_slot(concurrency_.running())) return true;
    std::vector<reactor::Signal*>& waiting = total_->waiting;
    if (std::find(waiting.begin(), waiting.end(), &freed_) == waiting.end()) waiting.push_back(&freed_);
    return false;
  }

  // Constant after construction.
  const std::string origin_;
  const unsigned connections_;
  const std::function<void()> on_free_slot_;
  const std::shared_ptr<TotalSlots> total_;

  NetworkPathEstimate network_path_;

  // Reactor only.
  Concurrency concurrency_;
  StallDetector stalls_;
  ReplyLimit reply_limit_;
  IfRangeSupport if_range_;
  reactor::Signal freed_;

  std::atomic<unsigned> allowed_;  // a copy for other threads
};

}  // namespace rimfs::http
