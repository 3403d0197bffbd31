// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <unordered_map>

#include "http/curl_request.h"
#include "http/transport.h"
#include "reactor/event_loop.h"

namespace rimfs::http {

/// The network transport: libcurl's multi handle on the reactor's event loop, with connections kept open between
/// requests. Every started exchange ends, whatever libcurl or the event loop refuses, and no exception passes through
/// libcurl's frames. Reactor only.
class CurlTransport final : public Transport {
 public:
  /// `loop` outlives the transport. Throws Error{system}.
  CurlTransport(reactor::EventLoop& loop, const Options& options);
  /// No exchange may be in flight.
  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  void start(Exchange& exchange) override;
  void end_given_up() override;
  void cancel_all() override;
  void resume_paused() override;

 private:
  struct Callbacks;

  void set_up(const Options& options);
  void send(Exchange& exchange);
  void on_socket(curl_socket_t socket, int what);
  void on_timer(long milliseconds);
  void act(curl_socket_t socket, int ready);
  void collect_finished();
  void end_failed();
  void watch();
  void check_running();
  template <typename Wanted>
  void end_each(Wanted wanted);

  reactor::EventLoop& loop_;
  CurlMulti multi_;
  std::unordered_map<CurlRequest*, std::unique_ptr<CurlRequest>> running_;
  reactor::EventLoop::TimerId timer_ = 0;  // libcurl's timer
  reactor::EventLoop::TimerId check_timer_ = 0;
  reactor::EventLoop::Clock::time_point check_due_{};
};

}  // namespace rimfs::http
