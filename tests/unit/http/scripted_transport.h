// SPDX-License-Identifier: MIT
// A network without sockets: what a server does with each request is decided by a function, and happens in the loop's
// time.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "http/curl.h"
#include "http/transport.h"
#include "reactor/task_scope.h"

namespace rimfs::http {

/// What a server does with one request. A value.
struct ScriptedReply {
  std::chrono::microseconds delay{};    ///< From the request to the head,
  int status = 206;                     ///< which is this,
  std::vector<std::string> headers;     ///< "Name: value", without line end.
  std::span<const std::byte> body;      ///< Outlives the transport.
  std::size_t piece = 16384;            ///< Bytes that come at once,
  std::chrono::microseconds pause{};    ///< and the time before each piece but the first.
  std::size_t breaks_after = SIZE_MAX;  ///< The connection breaks when so much of the body has come.
  std::size_t hangs_after = SIZE_MAX;   ///< Nothing comes any more.
  bool refuses_connection = false;      ///< No head ever comes: the connection breaks after the delay.
  bool hangs = false;                   ///< No head ever comes.

  /// The 206 of a server that works, to a request for `range` of `whole`.
  static ScriptedReply range_of(std::span<const std::byte> whole, ByteRange range, const std::string& etag) {
    ScriptedReply reply;
    reply.body = whole.subspan(range.begin.value, range.size().value);
    reply.headers = {fmt::format("Content-Range: bytes {}-{}/{}", range.begin.value, range.end.value - 1, whole.size()),
                     fmt::format("Content-Length: {}", range.size().value)};
    if (!etag.empty()) reply.headers.push_back("ETag: " + etag);
    return reply;
  }
  static ScriptedReply failure(int status) {
    ScriptedReply reply;
    reply.status = status;
    reply.headers = {"Content-Length: 0"};
    return reply;
  }
};

/// The test's form of the network. One thread.
class ScriptedTransport final : public Transport {
 public:
  using Server = std::function<ScriptedReply(const Exchange&)>;

  /// `loop` outlives it; `server` is called when a request is sent.
  ScriptedTransport(reactor::EventLoop& loop, Server server) : loop_(loop), server_(std::move(server)) {}
  ~ScriptedTransport() override { stop_checking(); }

  void start(Exchange& exchange) override {
    exchange.started();
    ++started_;
    const auto connection = std::make_shared<Connection>(Connection{&exchange});
    running_.push_back(connection);
    most_at_once_ = std::max(most_at_once_, running_.size());
    check_later();
    tasks_.spawn(serve(connection, server_(exchange)));
  }
  void end_given_up() override {
    end_each([](Exchange& exchange) { return exchange.given_up(); });
  }
  void cancel_all() override {
    end_each([](Exchange&) { return true; });
  }

  /// Waits until every connection is closed, also those whose exchange has ended before.
  reactor::TaskScope::Joined closed() { return tasks_.joined(); }
  std::size_t running() const { return running_.size(); }
  std::size_t most_at_once() const { return most_at_once_; }
  std::size_t started() const { return started_; }
  /// When bytes of any body came.
  Exchange::Time last_bytes_at() const { return last_bytes_at_; }

 private:
  struct Connection {
    Exchange* exchange;  // null: it has ended
    std::optional<Exchange::Time> sent{};
    std::optional<Exchange::Time> began{};  // the body
  };
  using Shared = std::shared_ptr<Connection>;

  /// How often slow exchanges are looked for, as the real transport does.
  static constexpr std::chrono::milliseconds kCheckInterval{250};

  reactor::Task<> serve(Shared connection, ScriptedReply reply) {
    connection->sent = loop_.now();
    if (reply.hangs) co_return;
    co_await loop_.sleep(reply.delay);
    if (!connection->exchange) co_return;
    if (reply.refuses_connection)
      co_return end(*connection, of_code(CURLE_COULDNT_CONNECT, "refused", situation(*connection)));
    if (!send_head(*connection->exchange, reply)) co_return end(*connection, std::nullopt);
    connection->began = loop_.now();
    connection->exchange->body_begins(microseconds(*connection->began - *connection->sent));
    for (std::size_t at = 0; at < reply.body.size();) {
      if (at >= reply.hangs_after) co_return;
      if (at >= reply.breaks_after) {
        co_return end(*connection, of_code(CURLE_RECV_ERROR, "reset", situation(*connection)));
      }
      const std::size_t count =
          std::min({reply.piece, reply.body.size() - at, reply.breaks_after - at, reply.hangs_after - at});
      if (at > 0) {
        co_await loop_.sleep(reply.pause);
      }
      if (!connection->exchange) co_return;
      if (count > 0) last_bytes_at_ = loop_.now();
      if (!connection->exchange->add_body(reply.body.subspan(at, count))) co_return end(*connection, std::nullopt);
      at += count;
    }
    end(*connection, std::nullopt);
  }

  static std::chrono::microseconds microseconds(Exchange::Time::duration time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time);
  }
  static Situation situation(const Connection& connection) { return connection.exchange->situation(); }

  static bool send_head(Exchange& exchange, const ScriptedReply& reply) {
    bool wanted = exchange.begin_head(fmt::format("HTTP/1.1 {} Scripted\r\n", reply.status));
    for (const std::string& header : reply.headers) wanted = wanted && exchange.add_header(header + "\r\n");
    return wanted && exchange.end_head(reply.status);
  }

  void end(Connection& connection, std::optional<Rejection> failure) {
    Exchange* const exchange = std::exchange(connection.exchange, nullptr);
    std::erase_if(running_, [&](const Shared& one) { return one.get() == &connection; });
    Exchange::Timing timing{.sent = connection.sent.has_value(), .delay = std::nullopt, .body = std::nullopt};
    if (connection.began) {
      timing.delay = microseconds(*connection.began - *connection.sent);
      timing.body = microseconds(loop_.now() - *connection.began);
    }
    exchange->finish(std::move(failure), timing);
  }

  template <typename Wanted>
  void end_each(Wanted wanted) {
    const std::vector<Shared> all = running_;
    for (const Shared& one : all) {
      if (!one->exchange || !wanted(*one->exchange)) continue;
      one->exchange->fail(kGivenUp);
      end(*one, std::nullopt);
    }
  }

  void check_later() {
    if (timer_ != 0) return;
    timer_ = loop_.add_timer(kCheckInterval, [this] { check_running(); });
  }
  void check_running() {
    timer_ = 0;
    const std::vector<Shared> all = running_;
    for (const Shared& one : all) {
      std::optional<Rejection> why = one->exchange->overdue(one->sent.has_value());
      if (why) end(*one, std::move(why));
    }
    if (!running_.empty()) check_later();
  }
  void stop_checking() {
    if (timer_ != 0) loop_.cancel_timer(std::exchange(timer_, 0));
  }

  reactor::EventLoop& loop_;
  const Server server_;
  std::vector<Shared> running_;
  reactor::EventLoop::TimerId timer_ = 0;
  std::size_t most_at_once_ = 0;
  std::size_t started_ = 0;
  Exchange::Time last_bytes_at_{};
  reactor::TaskScope tasks_;
};

}  // namespace rimfs::http
