// SPDX-License-Identifier: MIT
#include "http/transfer.h"

#include <fmt/format.h>

namespace rimfs::http {
namespace {

/// Fewer and larger reads from the socket: half the system calls of libcurl's default of 16 KiB.
constexpr long kReceiveBuffer = 512L * 1024;

const Rejection kGivenUp{ErrorKind::cancelled, false, "given up"};

template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  if (code != CURLE_OK) {
    throw Error(ErrorKind::system,
                fmt::format("libcurl refuses option {}: {}", static_cast<int>(option), curl_easy_strerror(code)));
  }
}

void set_text(CURL* easy, CURLoption option, const std::string& text) {
  if (!text.empty()) set(easy, option, text.c_str());
}

void append(CurlList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (!longer) throw Error(ErrorKind::system, "out of memory for a request");
  (void)list.release();
  list.reset(longer);
}

}  // namespace

Transfer::Transfer(const Address& address, bool at_origin, const Options& options, const Request& request,
                   BodySink& sink)
    : address_(address),
      request_(request),
      most_(request.range ? request.range->size() : request.most),
      sink_(sink),
      easy_(curl_easy_init()) {
  if (!easy_) throw Error(ErrorKind::system, "libcurl gives no handle");
  CURL* easy = easy_.get();
  set(easy, CURLOPT_URL, (at_origin ? address.given() : address.current()).c_str());
  set(easy, CURLOPT_PRIVATE, static_cast<void*>(this));
  set(easy, CURLOPT_ERRORBUFFER, static_cast<char*>(error_text_));
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(
      easy, CURLOPT_HEADERFUNCTION, +[](char* data, std::size_t, std::size_t n, void* self) {
        return static_cast<Transfer*>(self)->on_header({data, n});
      });
  set(
      easy, CURLOPT_WRITEFUNCTION, +[](char* data, std::size_t, std::size_t n, void* self) {
        return static_cast<Transfer*>(self)->on_body(std::as_bytes(std::span(data, n)));
      });
  append(headers_, "Accept-Encoding: identity");
  set_request();
  set_connection(options);
  if (at_origin || address.may_send_credentials()) set_credentials();
  set(easy, CURLOPT_HTTPHEADER, headers_.get());
}

void Transfer::set_request() {
  CURL* easy = easy_.get();
  if (request_.range) set(easy, CURLOPT_RANGE, range_value(*request_.range).c_str());
  if (request_.post) {
    set(easy, CURLOPT_POST, 1L);
    set(easy, CURLOPT_POSTFIELDS, request_.post->c_str());
    set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.post->size()));
  }
  if (request_.time_limit) set(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(request_.time_limit->count()));
  for (const std::string& header : request_.headers) append(headers_, header);
}

void Transfer::set_connection(const Options& options) {
  CURL* easy = easy_.get();
  const ServerAccess& access = address_.access();
  const auto milliseconds = [](auto d) {
    return static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(d).count());
  };
  set(easy, CURLOPT_NOSIGNAL, 1L);
  set(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);  // redirects are followed by the client, which keeps credentials back
  set(easy, CURLOPT_BUFFERSIZE, kReceiveBuffer);
  set(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options.connect_timeout));
  set(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(easy, CURLOPT_LOW_SPEED_TIME, std::max(1L, milliseconds(options.stall_timeout) / 1000));
  set(easy, CURLOPT_HTTP_VERSION,
      options.http_version == HttpVersion::http2 ? static_cast<long>(CURL_HTTP_VERSION_2TLS)
                                                 : static_cast<long>(CURL_HTTP_VERSION_1_1));
  if (request_.own_connection && options.http_version == HttpVersion::http2) set(easy, CURLOPT_FRESH_CONNECT, 1L);
  set_text(easy, CURLOPT_USERAGENT, options.user_agent);
  set_text(easy, CURLOPT_PROXY, access.proxy);
  set_text(easy, CURLOPT_CAINFO, access.ca_file);
  set_text(easy, CURLOPT_CAPATH, access.ca_dir);
  for (const std::string& entry : access.resolve) append(resolve_, entry);
  if (resolve_) set(easy, CURLOPT_RESOLVE, resolve_.get());
  if (access.insecure) {
    set(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    set(easy, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (access.ip_version == IpVersion::v4) set(easy, CURLOPT_IPRESOLVE, static_cast<long>(CURL_IPRESOLVE_V4));
  if (access.ip_version == IpVersion::v6) set(easy, CURLOPT_IPRESOLVE, static_cast<long>(CURL_IPRESOLVE_V6));
}

void Transfer::set_credentials() {
  CURL* easy = easy_.get();
  const ServerAccess& access = address_.access();
  if (access.user) {
    set(easy, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    set(easy, CURLOPT_USERNAME, access.user->c_str());
    set(easy, CURLOPT_PASSWORD, access.password.reveal().c_str());
  } else if (access.netrc || !access.netrc_file.empty()) {
    set(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_OPTIONAL));
    set_text(easy, CURLOPT_NETRC_FILE, access.netrc_file);
  }
  if (!access.bearer.empty()) append(headers_, "Authorization: Bearer " + access.bearer.reveal());
  set_text(easy, CURLOPT_COOKIE, access.cookie.reveal());
  set_text(easy, CURLOPT_COOKIEFILE, access.cookie_jar);
  for (const Secret& header : access.headers) append(headers_, header.reveal());
  if (const Login* login = address_.login().get()) {
    set_text(easy, CURLOPT_COOKIE, login->shown().cookie.reveal());
    for (const Secret& header : login->shown().headers) append(headers_, header.reveal());
  }
  set_text(easy, CURLOPT_SSLCERT, access.client_certificate);
  set_text(easy, CURLOPT_SSLKEY, access.client_key);
  set_text(easy, CURLOPT_KEYPASSWD, access.client_key_password.reveal());
}

std::size_t Transfer::on_header(std::string_view line) {
  if (line.starts_with("HTTP/")) outcome_.head = ReplyHead{};  // a 100 Continue or a proxy's reply came before
  outcome_.head.add_line(line);
  const bool last = line == "\r\n" || line == "\n";
  if (!last) return line.size();
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  outcome_.head.status = static_cast<int>(status);
  if (status < 200 || head_checked_) return line.size();
  head_checked_ = true;
  outcome_.failure = request_.check(outcome_.head);
  // Refusing the last header line ends the transfer before libcurl reads any of the body.
  return outcome_.failure ? 0 : line.size();
}

std::size_t Transfer::on_body(std::span<const std::byte> bytes) {
  if (outcome_.failure) return 0;
  if (given_up()) {
    outcome_.failure = kGivenUp;
    return 0;
  }
  if (bytes.size() > (most_ - outcome_.body).value) {
    outcome_.failure = Rejection{ErrorKind::corrupt, true, "the body is longer than what was asked for"};
    return 0;
  }
  note_arrival(ByteCount{bytes.size()});
  outcome_.body += ByteCount{bytes.size()};
  sink_.write(bytes);
  return bytes.size();
}

void Transfer::sent_to(Host& host) {
  host_ = &host;
  if (request_.progress) request_.progress->sent(std::chrono::steady_clock::now(), host.patience());
}

/// Of ranges only: a listing may take its time, and that says nothing of the link.
void Transfer::note_arrival(ByteCount bytes) {
  if (!request_.progress) return;
  const auto now = std::chrono::steady_clock::now();
  request_.progress->brought(bytes, now);
  if (outcome_.body.is_zero()) {
    curl_off_t sent = 0, began = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_PRETRANSFER_TIME_T, &sent);
    curl_easy_getinfo(easy_.get(), CURLINFO_STARTTRANSFER_TIME_T, &began);
    host_->concurrency().replied(std::chrono::microseconds(began - sent), now);
  }
  host_->brought(bytes, now);
}

void Transfer::finish(CURLcode code) {
  finished_ = true;
  if (!outcome_.failure && code != CURLE_OK) {
    outcome_.failure = explain(code);
  } else if (!outcome_.failure && request_.range && outcome_.body != most_) {
    outcome_.failure = Rejection{ErrorKind::corrupt, true,
                                 fmt::format("the body ended after {} of {} bytes", outcome_.body.value, most_.value)};
  }
  if (request_.progress) request_.progress->ended(!outcome_.failure);
}

void Transfer::cancel() {
  finished_ = true;
  outcome_.failure = kGivenUp;
  if (request_.progress) request_.progress->ended(false);
}

Rejection Transfer::explain(CURLcode code) const {
  const std::string text = error_text_[0] ? error_text_ : curl_easy_strerror(code);
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return {ErrorKind::timed_out, true, text};
    case CURLE_PEER_FAILED_VERIFICATION:
      return {ErrorKind::denied, false,
              text + "; name the server's certificate authority with --ca-file, or use --insecure"};
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return {ErrorKind::denied, false, text};
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return {ErrorKind::misuse, false, text};
    case CURLE_PARTIAL_FILE:
      return {ErrorKind::corrupt, true, fmt::format("the body ended too soon, after {} bytes", outcome_.body.value)};
    default:
      return {ErrorKind::unreachable, true, text};
  }
}

}  // namespace rimfs::http
