// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <coroutine>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/body_sink.h"
#include "http/exchange_record.h"
#include "http/host.h"
#include "http/minimum_rate.h"
#include "http/options.h"
#include "http/origin_memory.h"
#include "http/outcome.h"
#include "http/request.h"
#include "http/resource.h"
#include "reactor/event_loop.h"

namespace rimfs::http {

/// One request and its reply as it arrives: checks the head before any byte of the body is used, counts the body,
/// measures its rate. Independent of sockets: a Transport sends the request and reports the reply. Reactor only.
class Exchange {
 public:
  using Time = reactor::EventLoop::Clock::time_point;

  /// All referenced objects outlive the exchange. `at_origin`: the request goes to the address that the user gave, not
  /// to its redirect target. `host` is the server of that URL. The request's time runs from `begun`, which its
  /// redirects share.
  Exchange(reactor::EventLoop& loop, const Address& address, bool at_origin, const Options& options,
           const Request& request, BodySink& sink, Host& host, Time begun);
  /// Sends what earlier replies of the server have asked for. Call it before the exchange is passed to a transport.
  void use(const OriginState& state) { state_ = state; }
  /// Signs the request, if the login of the address signs requests and the URL may get credentials. Each attempt is
  /// signed anew, because signatures expire. Call it before the exchange is passed to a transport.
  void sign(std::chrono::system_clock::time_point now);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // ---- For the client.

  /// `co_await exchange.ended();` after the exchange was passed to a transport.
  class Ended {
   public:
    explicit Ended(Exchange& exchange) : exchange_(exchange) {}
    bool await_ready() const { return exchange_.finished_; }
    void await_suspend(std::coroutine_handle<> waiter) const { exchange_.waiter_ = waiter; }
    void await_resume() const {}

   private:
    Exchange& exchange_;
  };
  Ended ended() { return Ended(*this); }
  const Outcome& outcome() const { return outcome_; }

  // ---- The request, for the transport.

  const Address& address() const { return address_; }
  const std::string& url() const { return at_origin_ ? address_.given() : address_.current(); }
  /// False when the credentials of address() are for another origin.
  bool may_send_credentials() const { return address_.may_send_credentials(at_origin_); }
  /// True when the request logs in with the user's Kerberos ticket.
  bool shows_ticket() const {
    return may_send_credentials() && address_.access().uses_ticket() && state_.scheme == LoginScheme::negotiate;
  }
  /// What the server has asked for in earlier replies.
  const OriginState& origin_state() const { return state_; }
  /// The headers of sign(), "Name: value".
  const std::vector<Secret>& signature() const { return signature_; }
  const Request& request() const { return request_; }
  const Options& options() const { return options_; }

  /// Records the exchange there, for a report. Call it before the exchange is passed to the network.
  void record_into(std::shared_ptr<ExchangeRecord> record) { record_ = std::move(record); }
  /// Null when nothing is recorded. A transport adds what only it knows.
  ExchangeRecord* record() const { return record_.get(); }

  // ---- Reports of the transport, in this order. A result of false: the exchange has failed, and the transport must
  // end it soon.
  // ---- May be called from inside libcurl: nothing is resumed there.

  /// The request was sent, or waits for a connection.
  void started();
  /// Why the ticket was not sent, or was refused; the first reason counts. At any time before the final head.
  void note_ticket_problem(std::string problem) {
    if (outcome_.ticket_problem.empty()) outcome_.ticket_problem = std::move(problem);
  }
  /// The status line of a head. A reply may have interim heads before its final one.
  bool begin_head(std::string_view line);
  /// Each further line of the head, and of the trailers after the body.
  bool add_header(std::string_view line);
  /// The empty line after a head.
  bool end_head(int status);
  /// The body begins, `delay` after the request was sent; nothing when the transport cannot measure it.
  void body_begins(std::optional<std::chrono::microseconds> delay);
  /// The next bytes of the body. Throws the sink's exceptions.
  bool add_body(std::span<const std::byte> bytes);

  /// The measurements of a transport. A value.
  struct Timing {
    bool sent = false;                               ///< The request has left this machine, as far as is known.
    std::optional<std::chrono::microseconds> delay;  ///< The time from sending to the first byte of the reply.
    std::optional<std::chrono::microseconds> body;   ///< The time from the first to the last byte of the reply.
  };
  /// Ends the exchange. `failure` is the reason when the reply did not end as its framing requires. The waiting client
  /// resumes from the loop.
  void finish(std::optional<Rejection> failure, const Timing& timing);

  // ---- For a transport that monitors the exchange.

  /// True until end_head() has accepted a final head.
  bool awaits_head() const { return !head_checked_; }
  /// True when it has failed already; finish() must be called soon.
  bool failed() const { return outcome_.failure.has_value(); }
  /// True when the sink takes no more bytes now: add_body() must not be called.
  bool is_full() const { return !failed() && sink_.is_full(); }
  /// The same for a transport that then pauses.
  bool must_pause() {
    paused_ |= is_full();
    return is_full();
  }
  /// Fails it for this reason, unless it has failed already.
  void fail(Rejection failure);
  /// True when the reply is no longer wanted.
  bool given_up() const { return request_.progress && request_.progress->given_up(); }
  /// The reason to end it now: too slow, or its time limit has passed. `sent`: see Timing.
  std::optional<Rejection> overdue(bool sent);
  /// Restarts the measurement after this process did not run for a while, because arrivals in that time were not
  /// observed.
  void restart_rate() { rate_.restart(loop_.now()); }
  /// The circumstances of a failure, for of_code().
  const Situation& situation() const { return situation_; }

 private:
  bool refuse(Rejection failure);
  bool reads_reason() const;
  bool add_reason(std::string_view text);
  Rejection explained();
  void add_advice(Rejection& refusal) const;
  bool count_header(std::string_view line);
  void take(std::span<const std::byte> bytes);
  void pass_on(std::span<const std::byte> bytes);
  bool is_challenge(int status) const;
  Rejection without_head() const;
  std::optional<Rejection> incomplete() const;
  void settle();
  void observe(const Timing& timing);
  void hide_secrets(Rejection& failure) const;
  void record_line(std::string_view line);
  void record_body(std::span<const std::byte> bytes);
  void record_end();

  // Constant after construction.
  reactor::EventLoop& loop_;
  const Address& address_;
  const bool at_origin_;
  const Options& options_;
  const Request& request_;
  const Situation situation_;
  OriginState state_;
  std::vector<Secret> signature_;
  BodySink& sink_;
  Host& host_;
  const Time begun_;
  const std::uint64_t stamp_;  // from the host's concurrency at the beginning

  Outcome outcome_;
  std::shared_ptr<ExchangeRecord> record_;  // null: nothing is recorded
  MinimumRate rate_;
  bool sent_ = false;  // true once overdue() was called with `sent`
  std::size_t header_bytes_ = 0;
  unsigned challenges_ = 0;  // 401 replies that the transport may answer by itself
  bool head_checked_ = false;
  bool refused_ = false;              // by the check of its head
  std::optional<Rejection> refusal_;  // by the check of its head; the failure once the reason is read
  std::string reason_;                // the beginning of the body of a refusal
  bool holding_ = false;              // the body counts only once it has ended and is confirmed
  BodyPart part_;                     // where the wanted bytes are in the body; without a range, all that may come
  ByteCount arrived_;                 // bytes of the body
  bool complete_ = false;             // all wanted bytes have arrived and count; the rest of the body is not read
  bool paused_ = false;               // for a while; its times are not those of the network
  bool finished_ = false;
  std::coroutine_handle<> waiter_;  // the coroutine that awaits ended()
};

/// The failure of a request whose reply is no longer wanted.
inline const Rejection kGivenUp{ErrorKind::cancelled, false, "given up"};

}  // namespace rimfs::http
