// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "http/host.h"
#include "reactor/task.h"

namespace rimfs::http {

/// One of the concurrent requests of a server, from its start to its end. It counts at the server that is actually
/// used: a request that switches to a mirror or follows a redirect moves its slot. A request that waits for a retry
/// holds none. Reactor only; the hosts outlive it.
class Slot {
 public:
  /// Holds no slot.
  Slot() = default;
  /// Takes a slot of a host for which the caller has checked Host::has_free_slot().
  explicit Slot(Host& host) : host_(&host) { host.start(); }
  ~Slot() { release(); }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  /// The host of the slot; null when it holds none.
  Host* host() const { return host_; }

  void release() {
    if (host_) std::exchange(host_, nullptr)->end();
  }
  /// Releases its slot, then waits for one of `host`. It holds none while it waits.
  reactor::Task<> move_to(Host& host) {
    release();
    co_await host.start_in_turn();
    host_ = &host;
  }

 private:
  Host* host_ = nullptr;
};

}  // namespace rimfs::http
