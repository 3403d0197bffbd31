// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <set>

#include "http/transfer.h"
#include "reactor/event_loop.h"
#include "reactor/task.h"

namespace rimfs::http {

/// Runs transfers: libcurl's multi handle on the reactor's event loop. Every transfer that is started ends, whatever
/// libcurl or the event loop refuses, and no exception passes through libcurl's frames. Reactor only.
class Multi {
 public:
  /// `loop` outlives it. Throws Error{system}.
  Multi(reactor::EventLoop& loop, const Options& options);
  /// No transfer is running any more.
  ~Multi();
  Multi(const Multi&) = delete;
  Multi& operator=(const Multi&) = delete;

  /// Runs `transfer` to its end; its outcome says which.
  reactor::Task<> run(Transfer& transfer);

  /// Ends the transfers that nobody wants any more. Not while libcurl calls.
  void end_given_up();
  /// Ends them all.
  void cancel_all();

 private:
  struct Callbacks;

  void set_up(const Options& options);
  CURLMcode start(Transfer& transfer);
  void on_socket(curl_socket_t socket, int what);
  void on_timer(long milliseconds);
  void act(curl_socket_t socket, int ready);
  void collect_finished();
  void end_doomed();
  void watch();
  void look();
  template <typename Wanted>
  void end_each(Wanted wanted);
  void resume(Transfer& transfer);

  reactor::EventLoop& loop_;
  CurlMulti multi_;
  std::set<Transfer*> running_;
  reactor::EventLoop::TimerId timer_ = 0;  // libcurl's
  reactor::EventLoop::TimerId look_timer_ = 0;
  reactor::EventLoop::Clock::time_point look_due_{};
};

}  // namespace rimfs::http
