// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <coroutine>
#include <optional>
#include <span>
#include <string>

#include "http/curl.h"
#include "http/host.h"
#include "http/minimum_rate.h"
#include "http/options.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/resource.h"

namespace rimfs::http {

/// Takes the bytes of a checked body, in order. Called on the reactor; what it throws fails the request.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// The next bytes. They are right, whatever becomes of the rest.
  virtual void write(std::span<const std::byte> bytes) = 0;
  /// The next bytes of a body whose framing proves nothing before its end: to be kept apart, uncounted, until one of
  /// the two below is called.
  virtual void hold(std::span<const std::byte> bytes) = 0;
  /// The body has ended properly: all that was held is right.
  virtual void keep_held() = 0;
  /// The request failed: nothing that was held may be used. The next attempt begins where this one began.
  virtual void drop_held() = 0;
};

/// Nobody wants the reply any more.
inline const Rejection kGivenUp{ErrorKind::cancelled, false, "given up"};

/// How one request ended.
struct Outcome {
  ReplyHead head;
  std::optional<Rejection> failure;  ///< Nothing: the whole body arrived and was handed on.
  ByteCount body;                    ///< Bytes handed on that count.
  bool lost = false;                 ///< It was sent and failed, and no reply says that it was refused.
  std::chrono::milliseconds took{};  ///< With what it was redirected to, but without a login.
};

/// One request on its way: sets up a libcurl handle, checks the reply's head before a byte of its body is
/// used, counts the body. Reactor only. Lives until finish() was called.
class Transfer {
 public:
  /// Everything referred to outlives the transfer. `at_origin`: asks the address that the user gave, not where it was
  /// redirected.
  Transfer(const Address& address, bool at_origin, const Options& options, const Request& request, BodySink& sink);

  CURL* handle() { return easy_.get(); }

  /// It is handed to libcurl. What it sees of the server goes to `host`, which outlives it. The time that the request
  /// has runs from `begun`: redirects share it.
  void sent_to(Host& host, MinimumRate::Clock::time_point begun);

  /// libcurl is through with the handle. Resumes nobody: Multi does.
  void finish(CURLcode code);
  /// It ends for this reason, whatever libcurl makes of it.
  void fail(Rejection failure);
  void cancel();

  /// It cannot go on; it must be ended soon. May be called while libcurl calls.
  void doom(Rejection failure);
  bool doomed() const { return outcome_.failure.has_value(); }
  /// Why it is to be ended now: too slow, or not finished in the time it has.
  std::optional<Rejection> overdue(MinimumRate::Clock::time_point now);
  /// This process did not run for a while: nobody could see what came meanwhile.
  void forgive(MinimumRate::Clock::time_point now) { rate_.restart(now); }

  /// Whoever watches it wants no more of it.
  bool given_up() const { return request_.progress && request_.progress->given_up(); }
  const Outcome& outcome() const { return outcome_; }
  /// One of libcurl's times of this transfer, since its start; nothing when libcurl does not tell.
  std::optional<std::chrono::microseconds> time_of(CURLINFO which) const;

  std::coroutine_handle<> waiting;  ///< Who awaits the end; set and resumed by Multi.
  bool finished() const { return finished_; }

 private:
  struct Callbacks;

  void set_credentials();  // only for the origin they were given for
  void set_connection(const Options& options);
  void set_request();
  std::size_t on_header(std::string_view line);
  void on_status_line(std::string_view line);
  void on_head();
  std::size_t on_body(std::span<const std::byte> bytes);
  void take(std::span<const std::byte> bytes);
  void note_arrival(ByteCount bytes);
  std::optional<Rejection> incomplete() const;
  void settle();
  void hide_secrets(Rejection& failure) const;

  using Time = MinimumRate::Clock::time_point;

  const Address& address_;
  const Request& request_;
  const Situation situation_;
  const ByteCount most_;  // bytes of the body
  Host* host_ = nullptr;  // once it is handed to libcurl
  BodySink& sink_;
  CurlEasy easy_;
  CurlList headers_;
  CurlList resolve_;
  char error_text_[CURL_ERROR_SIZE] = {};
  Outcome outcome_;
  MinimumRate rate_;
  const std::string too_slow_;  // what to say then
  Time begun_{};
  bool sent_ = false;           // libcurl has a connection for it
  bool at_status_line_ = true;  // the next header line begins a head
  std::size_t header_bytes_ = 0;
  bool head_checked_ = false;
  bool refused_ = false;  // by the check of its head
  bool holding_ = false;  // the body counts only once it has ended and is confirmed
  ByteCount arrived_;     // of the body
  bool finished_ = false;
};

}  // namespace rimfs::http
