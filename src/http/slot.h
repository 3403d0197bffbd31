// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "http/host.h"
#include "reactor/task.h"

namespace rimfs::http {

/// One of the requests that a server gets at once, from its start to its end. It counts at the server that is really
/// asked: a request that turns to a mirror or follows a redirect moves. A request that waits to be repeated holds none.
/// Reactor only; the hosts outlive it.
class Slot {
 public:
  /// Holds nothing.
  Slot() = default;
  /// Takes a slot that the caller has seen to be free (Host::has_room()).
  explicit Slot(Host& host) : host_(&host) { host.start(); }
  ~Slot() { release(); }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  /// Null when it holds nothing.
  Host* host() const { return host_; }

  void release() {
    if (host_) std::exchange(host_, nullptr)->end();
  }
  /// Gives up what it holds, then waits for its turn at `host`. Nothing is held while it waits.
  reactor::Task<> move_to(Host& host) {
    release();
    co_await host.start_in_turn();
    host_ = &host;
  }

 private:
  Host* host_ = nullptr;
};

}  // namespace rimfs::http
