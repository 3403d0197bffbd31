// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "http/certificate_check.h"
#include "http/curl.h"
#include "http/exchange.h"

namespace rimfs::http {

/// One exchange on a libcurl handle: configures the handle for the request and reports received data to the exchange,
/// which outlives it. Reactor only.
class CurlRequest {
 public:
  /// Throws Error{system} when libcurl refuses the request.
  explicit CurlRequest(Exchange& exchange);
  CurlRequest(const CurlRequest&) = delete;
  CurlRequest& operator=(const CurlRequest&) = delete;

  CURL* handle() { return easy_.get(); }
  Exchange& exchange() { return exchange_; }
  /// The request for which this handle was made; null for any other handle.
  static CurlRequest* of(CURL* easy);

  /// True while libcurl receives nothing, because the exchange's sink is full.
  bool is_paused() const { return paused_; }
  /// Goes on receiving. Calls the exchange.
  void resume();
  /// True once libcurl has a connection for the request and has sent it.
  bool is_sent() const;
  /// Ends the exchange after libcurl has finished with the handle; `code` is libcurl's result.
  void finish(CURLcode code);

 private:
  struct Callbacks;

  void set_request();
  void set_connection();
  void set_tls();
  void set_certificate_check();
  Cookies load_cookie_jar();
  void set_cookies();
  void set_credentials();
  void set_ticket();
  bool may_use_connection();
  bool refused_server_certificate(CURLcode code) const;
  Rejection failure_of(CURLcode code) const;
  bool on_header(std::string_view line);
  bool on_body(std::span<const std::byte> bytes);
  void record_connection();
  int status() const;
  std::optional<std::chrono::microseconds> time_of(CURLINFO which) const;
  std::optional<std::chrono::microseconds> delay() const;

  Exchange& exchange_;
  CurlEasy easy_;
  CurlList headers_;
  CurlList resolve_;
  std::shared_ptr<CertificateCheck> check_;  // of the connection that this request makes, if any
  char error_text_[CURL_ERROR_SIZE] = {};
  bool at_status_line_ = true;  // the next header line begins a head
  bool in_body_ = false;
  bool paused_ = false;
};

}  // namespace rimfs::http
