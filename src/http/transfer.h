// SPDX-License-Identifier: MIT
#pragma once

#include <coroutine>
#include <optional>
#include <span>
#include <string>

#include "http/curl.h"
#include "http/host.h"
#include "http/options.h"
#include "http/reply.h"
#include "http/request.h"
#include "http/resource.h"

namespace rimfs::http {

/// Takes the bytes of a checked body, in order. Called on the reactor.
class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual void write(std::span<const std::byte> bytes) = 0;
};

/// How one request ended.
struct Outcome {
  ReplyHead head;
  std::optional<Rejection> failure;  ///< Nothing: the whole body arrived and was handed on.
  ByteCount body;                    ///< Bytes handed on.
};

/// One request on its way: sets up a libcurl handle, checks the reply's head before a byte of its body is
/// used, counts the body. Reactor only. Lives until finish() was called.
class Transfer {
 public:
  /// Everything referred to outlives the transfer. `at_origin`: asks the address that the user gave, not where it was
  /// redirected.
  Transfer(const Address& address, bool at_origin, const Options& options, const Request& request, BodySink& sink);

  CURL* handle() { return easy_.get(); }

  /// It is handed to libcurl. What it sees of the server goes to `host`, which outlives it.
  void sent_to(Host& host);

  /// libcurl is through with the handle. Resumes nobody: the client does.
  void finish(CURLcode code);
  void cancel();
  /// Whoever watches it wants no more of it.
  bool given_up() const { return request_.progress && request_.progress->given_up(); }
  const Outcome& outcome() const { return outcome_; }

  std::coroutine_handle<> waiting;  ///< Who awaits the end; set and resumed by the client.
  bool finished() const { return finished_; }

 private:
  void set_credentials();  // only for the origin they were given for
  void set_connection(const Options& options);
  void set_request();
  std::size_t on_header(std::string_view line);
  std::size_t on_body(std::span<const std::byte> bytes);
  void note_arrival(ByteCount bytes);
  Rejection explain(CURLcode code) const;

  const Address& address_;
  const Request& request_;
  const ByteCount most_;  // bytes of the body
  Host* host_ = nullptr;  // once it is sent
  BodySink& sink_;
  CurlEasy easy_;
  CurlList headers_;
  CurlList resolve_;
  char error_text_[CURL_ERROR_SIZE] = {};
  Outcome outcome_;
  bool head_checked_ = false;
  bool finished_ = false;
};

}  // namespace rimfs::http
