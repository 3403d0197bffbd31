// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "http/concurrency.h"
#include "http/link_estimate.h"
#include "http/patience.h"
#include "reactor/event_loop.h"
#include "reactor/signal.h"
#include "reactor/task.h"

namespace rimfs::http {

/// What status tells of a server. A plain value.
struct HostStatus {
  std::string origin;
  std::chrono::microseconds delay;
  ByteCount bytes_per_second;  ///< Of one connection.
  unsigned connections;        ///< The most it may get at once,
  unsigned allowed;            ///< and how many it gets now.
};

/// What is known of one server, shared by all that is asked of it. Owned by the Client, at a constant address.
class Host {
 public:
  /// `loop` outlives it. `on_growth` is called when it may get more requests at once than before; inside brought().
  Host(std::string origin, unsigned connections, reactor::EventLoop& loop, std::function<void()> on_growth = [] {})
      : origin_(std::move(origin)),
        connections_(connections),
        on_growth_(std::move(on_growth)),
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
  /// Reactor only.
  Patience& patience() { return patience_; }

  /// Starts a piece of work as soon as there is room for it. Reactor only.
  reactor::Task<> start_in_turn() {
    concurrency_.wait();
    while (!concurrency_.has_room_for_waiter()) {
      auto freed = freed_.wait();
      co_await freed;
    }
    concurrency_.start_waiter();
  }
  /// Bytes of the body of a range came. Reactor only.
  void brought(ByteCount bytes, Concurrency::Time now) {
    if (!concurrency_.brought(bytes, now)) return;
    allowed_.store(concurrency_.allowed(), std::memory_order_relaxed);
    freed_.notify_all();
    on_growth_();
  }
  /// A piece of work ends. Reactor only.
  void end() {
    concurrency_.end();
    allowed_.store(concurrency_.allowed(), std::memory_order_relaxed);
    freed_.notify_all();
  }

 private:
  // Constant after construction.
  const std::string origin_;
  const unsigned connections_;
  const std::function<void()> on_growth_;

  LinkEstimate link_;

  // Reactor only.
  Concurrency concurrency_;
  Patience patience_;
  reactor::Signal freed_;

  std::atomic<unsigned> allowed_;  // a copy for other threads
};

}  // namespace rimfs::http
