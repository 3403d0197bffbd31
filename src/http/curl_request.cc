// SPDX-License-Identifier: MIT
#include "http/curl_request.h"

#include <fmt/format.h>

#include <utility>

#include "http/curl_options.h"
#include "http/proxy.h"
#include "http/shown_reason.h"
#include "http/url.h"

namespace rimfs::http {
namespace {

/// Fewer and larger reads from the socket: half the system calls of libcurl's default of 16 KiB.
constexpr long kReceiveBuffer = 512L * 1024;

struct TlsVersionRow {
  long option;          ///< Of CURLOPT_SSLVERSION.
  const char* name;     ///< The setting's word.
  const char* ciphers;  ///< OpenSSL's list; empty: its default.
};

/// OpenSSL 3 has TLS 1.0 and 1.1 only at security level 0, because their signatures use SHA-1
/// (SSL_CTX_set_security_level(3)). Ciphers without a certificate stay excluded.
constexpr const char* kOldCiphers = "DEFAULT:!aNULL:!eNULL:@SECLEVEL=0";

const TlsVersionRow& row_of(TlsVersion version) {
  static constexpr TlsVersionRow kRows[] = {{CURL_SSLVERSION_TLSv1_0, "1.0", kOldCiphers},
                                            {CURL_SSLVERSION_TLSv1_1, "1.1", kOldCiphers},
                                            {CURL_SSLVERSION_TLSv1_2, "1.2", ""},
                                            {CURL_SSLVERSION_TLSv1_3, "1.3", ""}};
  return kRows[static_cast<std::size_t>(version)];
}

}  // namespace

/// The functions that libcurl calls. No exception may pass through libcurl's frames; it becomes the exchange's failure.
struct CurlRequest::Callbacks {
  static std::size_t header(char* data, std::size_t, std::size_t n, void* self) {
    auto* request = static_cast<CurlRequest*>(self);
    return guarded(*request, n, [&] { return request->on_header({data, n}); });
  }
  static std::size_t body(char* data, std::size_t, std::size_t n, void* self) {
    auto* request = static_cast<CurlRequest*>(self);
    if (request->exchange_.must_pause()) {
      request->paused_ = true;
      return CURL_WRITEFUNC_PAUSE;  // libcurl passes these bytes again
    }
    return guarded(*request, n, [&] { return request->on_body(std::as_bytes(std::span(data, n))); });
  }

  /// libcurl makes a connection with TLS for the request.
  static CURLcode tls_context(CURL*, void* context, void* self) {
    auto* request = static_cast<CurlRequest*>(self);
    return guarded(*request, 1,
                   [&] {
                     CertificateCheck::install(request->check_, context);
                     return true;
                   }) == 1
               ? CURLE_OK
               : CURLE_ABORTED_BY_CALLBACK;
  }
  /// libcurl has a connection for the request, a new or a reused one, and is about to send it.
  static int before_sending(void* self, char*, char*, int, int) {
    auto* request = static_cast<CurlRequest*>(self);
    return guarded(*request, 1, [&] { return request->may_use_connection(); }) == 1 ? CURL_PREREQFUNC_OK
                                                                                    : CURL_PREREQFUNC_ABORT;
  }

 private:
  /// Accepting none of the `n` bytes ends the request. libcurl never calls with n = 0.
  template <typename Work>
  static std::size_t guarded(CurlRequest& request, std::size_t n, Work work) {
    try {
      return work() ? n : 0;
    } catch (const std::exception& problem) {
      request.exchange_.fail(of_fault(Fault::local, problem.what()));
    } catch (...) {
      request.exchange_.fail(of_fault(Fault::local));
    }
    return 0;
  }
};

CurlRequest::CurlRequest(Exchange& exchange) : exchange_(exchange), easy_(curl_easy_init()) {
  if (!easy_) throw Error(ErrorKind::system, "libcurl cannot make a handle");
  CURL* easy = easy_.get();
  set(easy, CURLOPT_URL, exchange.url().c_str());
  set(easy, CURLOPT_PRIVATE, static_cast<void*>(this));
  set(easy, CURLOPT_ERRORBUFFER, static_cast<char*>(error_text_));
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(easy, CURLOPT_HEADERFUNCTION, &Callbacks::header);
  set(easy, CURLOPT_WRITEFUNCTION, &Callbacks::body);
  set_request();
  set_connection();
  set_cookies();
  if (exchange.may_send_credentials()) set_credentials();
  set(easy, CURLOPT_HTTPHEADER, headers_.get());
}

CurlRequest* CurlRequest::of(CURL* easy) {
  void* owner = nullptr;
  if (!easy || curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner) != CURLE_OK) return nullptr;
  return static_cast<CurlRequest*>(owner);
}

void CurlRequest::set_request() {
  CURL* easy = easy_.get();
  const Request& request = exchange_.request();
  if (request.range) set(easy, CURLOPT_RANGE, range_value(*request.range).c_str());
  if (request.head_only) set(easy, CURLOPT_NOBODY, 1L);
  if (request.body) {
    set(easy, CURLOPT_POST, 1L);
    set(easy, CURLOPT_POSTFIELDS, request.body->c_str());
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body->size()));
  }
  if (request.body && request.method() != "POST") {
    set(easy, CURLOPT_CUSTOMREQUEST, std::string(request.method()).c_str());
  }
  // Servers compress documents unasked. libcurl decodes what it knows how to decode; the header says what it prefers.
  append(headers_, "Accept-Encoding: identity");
  if (request.decoded) set(easy, CURLOPT_ACCEPT_ENCODING, "");
  for (const std::string& header : request.headers) append(headers_, header);
}

void CurlRequest::set_connection() {
  CURL* easy = easy_.get();
  const Request& request = exchange_.request();
  const Options& options = exchange_.options();
  const ServerAccess& access = exchange_.address().access();
  const auto milliseconds = [](auto d) {
    return static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(d).count());
  };
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);  // the client follows redirects, because it withholds credentials
  set(easy, CURLOPT_BUFFERSIZE, kReceiveBuffer);
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options.connect_timeout));
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);  // a proxy's reply is not the server's
  const bool http2 = options.http_version == HttpVersion::http2 && !request.http1 && !exchange_.shows_ticket();
  set(easy, CURLOPT_HTTP_VERSION,
      http2 ? static_cast<long>(CURL_HTTP_VERSION_2TLS) : static_cast<long>(CURL_HTTP_VERSION_1_1));
  if (request.own_connection && http2) set(easy, CURLOPT_FRESH_CONNECT, 1L);
  // libcurl repeats a request, uncounted, when a reused connection is closed by the server.
  if (request.most_lost || request.new_connection) set(easy, CURLOPT_FRESH_CONNECT, 1L);
  set_text(easy, CURLOPT_USERAGENT, options.user_agent);
  set_text(easy, CURLOPT_PROXY, access.proxy);
  if (access.no_proxy) set(easy, CURLOPT_NOPROXY, "*");
  for (const std::string& entry : access.resolve) append(resolve_, entry);
  if (resolve_) set(easy, CURLOPT_RESOLVE, resolve_.get());
  if (access.ip_version == IpVersion::v4) set(easy, CURLOPT_IPRESOLVE, static_cast<long>(CURL_IPRESOLVE_V4));
  if (access.ip_version == IpVersion::v6) set(easy, CURLOPT_IPRESOLVE, static_cast<long>(CURL_IPRESOLVE_V6));
  if (is_https(exchange_.url())) set_tls();
}

void CurlRequest::set_tls() {
  CURL* easy = easy_.get();
  const ServerAccess& access = exchange_.address().access();
  const TlsVersionRow& version = row_of(access.tls_minimum);
  set(easy, CURLOPT_SSLVERSION, version.option);
  set_text(easy, CURLOPT_SSL_CIPHER_LIST, version.ciphers);
  set_text(easy, CURLOPT_CAINFO, access.ca_file);
  set_text(easy, CURLOPT_CAPATH, access.ca_dir);
  if (access.insecure) {
    set(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    set(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  } else {
    set_certificate_check();
  }
}

/// With fingerprints, the check includes the name, and libcurl's own check of the name is off. A resumed session would
/// skip the check, so there is none. libcurl compares VERIFYHOST before it reuses a connection: requests without
/// fingerprints never get a connection that was made with some. It does not compare the fingerprints;
/// may_use_connection() does.
void CurlRequest::set_certificate_check() {
  CURL* easy = easy_.get();
  const ServerAccess& access = exchange_.address().access();
  check_ = std::make_shared<CertificateCheck>(host_in_certificate(exchange_.url()), access.fingerprints);
  set(easy, CURLOPT_SSL_CTX_FUNCTION, &Callbacks::tls_context);
  set(easy, CURLOPT_SSL_CTX_DATA, static_cast<void*>(this));
  if (access.fingerprints.empty()) return;
  set(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  set(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
  set(easy, CURLOPT_PREREQFUNCTION, &Callbacks::before_sending);
  set(easy, CURLOPT_PREREQDATA, static_cast<void*>(this));
}

/// Applies this request's own fingerprints to the certificate of the connection, which another request may have made.
bool CurlRequest::may_use_connection() {
  curl_tlssessioninfo* tls = nullptr;
  const bool known = curl_easy_getinfo(easy_.get(), CURLINFO_TLS_SSL_PTR, &tls) == CURLE_OK && tls &&
                     tls->backend == CURLSSLBACKEND_OPENSSL;
  const auto check = known ? CertificateCheck::of_connection(tls->internals) : nullptr;
  const std::vector<Fingerprint>& pinned = exchange_.address().access().fingerprints;
  if (!check || !check->found()) {
    exchange_.fail(of_fault(Fault::certificate, "the certificate of the connection is unknown"));
    return false;
  }
  if (is_accepted(*check->found(), pinned)) return true;
  exchange_.fail(of_fault(Fault::certificate, refusal(*check->found(), pinned)));
  return false;
}

/// Refusing the last line of a head ends the request before libcurl reads the body. In HTTP/2, libcurl treats a body as
/// complete as soon as it has Content-Length bytes. Only the end of the stream proves that no more bytes follow (RFC
/// 9113, section 8.1.1), so libcurl must wait for it.
bool CurlRequest::on_header(std::string_view line) {
  const bool begins = at_status_line_ && exchange_.awaits_head();
  if (!(begins ? exchange_.begin_head(line) : exchange_.add_header(line))) return false;
  if (begins && exchange_.outcome().head.framed_by_stream) set(easy_.get(), CURLOPT_IGNORE_CONTENT_LENGTH, 1L);
  at_status_line_ = line == "\r\n" || line == "\n";
  if (at_status_line_) record_connection();
  return !at_status_line_ || exchange_.end_head(status());
}

void CurlRequest::resume() {
  paused_ = false;
  exchange_.restart_rate();
  const CURLcode code = curl_easy_pause(easy_.get(), CURLPAUSE_CONT);
  if (code != CURLE_OK) exchange_.fail(of_fault(Fault::local, curl_easy_strerror(code)));
}

bool CurlRequest::on_body(std::span<const std::byte> bytes) {
  if (!std::exchange(in_body_, true)) exchange_.body_begins(delay());
  return exchange_.add_body(bytes);
}

/// Called while the connection belongs to the request: libcurl does not report it afterwards.
void CurlRequest::record_connection() {
  ExchangeRecord* const record = exchange_.record();
  if (!record) return;
  long port = 0;
  if (curl_easy_getinfo(easy_.get(), CURLINFO_LOCAL_PORT, &port) == CURLE_OK) {
    record->local_port = static_cast<int>(port);
  }
  long connects = 0;
  record->new_connection = curl_easy_getinfo(easy_.get(), CURLINFO_NUM_CONNECTS, &connects) == CURLE_OK && connects > 0;
  curl_tlssessioninfo* tls = nullptr;
  const bool known = curl_easy_getinfo(easy_.get(), CURLINFO_TLS_SSL_PTR, &tls) == CURLE_OK && tls &&
                     tls->backend == CURLSSLBACKEND_OPENSSL && tls->internals;
  if (known && !record->tls) record->tls = tls_facts(tls->internals, host_in_certificate(exchange_.url()));
}

int CurlRequest::status() const {
  long status = 0;
  if (curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status) != CURLE_OK) return 0;
  return static_cast<int>(status);
}

/// A time that libcurl measured for this request, since its start; nothing when it is not available.
std::optional<std::chrono::microseconds> CurlRequest::time_of(CURLINFO which) const {
  curl_off_t time = 0;
  if (curl_easy_getinfo(easy_.get(), which, &time) != CURLE_OK) return std::nullopt;
  return std::chrono::microseconds(time);
}

bool CurlRequest::is_sent() const {
  const auto sent = time_of(CURLINFO_PRETRANSFER_TIME_T);
  return sent && sent->count() > 0;
}

std::optional<std::chrono::microseconds> CurlRequest::delay() const {
  const auto sent = time_of(CURLINFO_PRETRANSFER_TIME_T);
  const auto began = time_of(CURLINFO_STARTTRANSFER_TIME_T);
  if (!sent || !began) return std::nullopt;
  return *began - *sent;
}

/// True when the findings of the check explain the failure. The check also sees the certificate of an https proxy, for
/// which --fingerprint is not meant.
bool CurlRequest::refused_server_certificate(CURLcode code) const {
  long of_proxy = 0;
  const bool known = curl_easy_getinfo(easy_.get(), CURLINFO_PROXY_SSL_VERIFYRESULT, &of_proxy) == CURLE_OK;
  return code == CURLE_PEER_FAILED_VERIFICATION && known && of_proxy == 0 && check_ && check_->found() &&
         !check_->found()->is_trusted();
}

Rejection CurlRequest::failure_of(CURLcode code) const {
  const ServerAccess& access = exchange_.address().access();
  const std::string text = error_text_[0] ? shown_text_of_curl(error_text_) : curl_easy_strerror(code);
  if (refused_server_certificate(code)) {
    return of_fault(Fault::certificate, refusal(*check_->found(), access.fingerprints));
  }
  if (code == CURLE_SSL_CONNECT_ERROR && is_tls_version_failure(text)) {
    return of_fault(
        Fault::tls_version,
        fmt::format("{}; the oldest allowed version is {}; update the server, or allow an older one with --tls-minimum",
                    text, row_of(access.tls_minimum).name));
  }
  Rejection failure = of_code(code, text, exchange_.situation());
  if (code == CURLE_SSL_CACERT_BADFILE && access.ca_file.empty()) {
    failure.reason += "; install the package ca-certificates, or name the authorities with --ca-file";
  }
  // libcurl names the address that it connects to, but not that it is a proxy's.
  if (!is_connection_failure(failure.kind)) return failure;
  const std::string proxy = shown_proxy(exchange_.url(), access);
  if (!proxy.empty()) failure.reason += fmt::format("; the proxy is {}", proxy);
  return failure;
}

void CurlRequest::finish(CURLcode code) {
  std::optional<Rejection> failure;
  if (code != CURLE_OK && !exchange_.failed()) {
    failure = failure_of(code);
  }
  if (ExchangeRecord* const record = exchange_.record(); record && !record->tls && check_ && check_->found()) {
    record->tls = TlsFacts{"", check_->found()};
  }
  Exchange::Timing timing{.sent = is_sent(), .delay = delay(), .body = std::nullopt};
  const auto began = time_of(CURLINFO_STARTTRANSFER_TIME_T);
  const auto total = time_of(CURLINFO_TOTAL_TIME_T);
  if (began && total) timing.body = *total - *began;
  exchange_.finish(std::move(failure), timing);
}

}  // namespace rimfs::http
