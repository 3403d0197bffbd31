// SPDX-License-Identifier: MIT
#include "http/transfer.h"

#include <fmt/format.h>

#include "http/shown_reason.h"

namespace rimfs::http {
namespace {

/// Fewer and larger reads from the socket: half the system calls of libcurl's default of 16 KiB.
constexpr long kReceiveBuffer = 512L * 1024;

/// Of all heads of a reply together, the interim ones and the trailers too: more than any server sends. Servers limit a
/// request's to 8 to 64 KiB; libcurl limits one line only.
constexpr std::size_t kMostHeaderBytes = 256UL * 1024;

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

/// What libcurl calls. No exception may pass through its frames: it becomes the transfer's failure.
struct Transfer::Callbacks {
  static std::size_t header(char* data, std::size_t, std::size_t n, void* self) {
    auto* transfer = static_cast<Transfer*>(self);
    return guarded(*transfer, [&] { return transfer->on_header({data, n}); });
  }
  static std::size_t body(char* data, std::size_t, std::size_t n, void* self) {
    auto* transfer = static_cast<Transfer*>(self);
    return guarded(*transfer, [&] { return transfer->on_body(std::as_bytes(std::span(data, n))); });
  }

 private:
  /// Zero is less than `n` and ends the transfer; libcurl never calls with nothing.
  template <typename Work>
  static std::size_t guarded(Transfer& transfer, Work work) {
    try {
      return work();
    } catch (const std::exception& problem) {
      transfer.doom(of_fault(Fault::local, problem.what()));
    } catch (...) {
      transfer.doom(of_fault(Fault::local));
    }
    return 0;
  }
};

Transfer::Transfer(const Address& address, bool at_origin, const Options& options, const Request& request,
                   BodySink& sink)
    : address_(address),
      request_(request),
      situation_{false, address.datastore(), request.progress == nullptr, !at_origin},
      most_(request.range ? request.range->size() : request.most),
      sink_(sink),
      easy_(curl_easy_init()),
      rate_(options.minimum_rate, options.stall_timeout, MinimumRate::Clock::now()),
      too_slow_(fmt::format("less than {} bytes a second in {} s", options.minimum_rate.value,
                            static_cast<double>(options.stall_timeout.count()) / 1000)) {
  if (!easy_) throw Error(ErrorKind::system, "libcurl gives no handle");
  CURL* easy = easy_.get();
  set(easy, CURLOPT_URL, (at_origin ? address.given() : address.current()).c_str());
  set(easy, CURLOPT_PRIVATE, static_cast<void*>(this));
  set(easy, CURLOPT_ERRORBUFFER, static_cast<char*>(error_text_));
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(easy, CURLOPT_HEADERFUNCTION, &Callbacks::header);
  set(easy, CURLOPT_WRITEFUNCTION, &Callbacks::body);
  append(headers_, "Accept-Encoding: identity");
  set_request();
  set_connection(options);
  if (address.may_send_credentials(at_origin)) set_credentials();
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
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);  // a proxy's reply is not the server's
  set(easy, CURLOPT_HTTP_VERSION,
      options.http_version == HttpVersion::http2 ? static_cast<long>(CURL_HTTP_VERSION_2TLS)
                                                 : static_cast<long>(CURL_HTTP_VERSION_1_1));
  if (request_.own_connection && options.http_version == HttpVersion::http2) set(easy, CURLOPT_FRESH_CONNECT, 1L);
  // libcurl sends a request again, uncounted, when a connection that it had kept is closed under it.
  if (request_.most_lost) set(easy, CURLOPT_FRESH_CONNECT, 1L);
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
  if (outcome_.failure) return 0;
  header_bytes_ += line.size();
  if (header_bytes_ > kMostHeaderBytes) {
    outcome_.failure = of_fault(Fault::long_head);
    return 0;
  }
  if (head_checked_) return line.size();  // a trailer, which changes nothing of a head that was believed
  if (at_status_line_) {
    on_status_line(line);
  } else {
    outcome_.head.add_line(line);
  }
  at_status_line_ = line == "\r\n" || line == "\n";
  if (at_status_line_) on_head();
  // Refusing the last header line ends the transfer before libcurl reads any of the body.
  return outcome_.failure ? 0 : line.size();
}

/// A head begins. In HTTP/2 libcurl takes a body for complete as soon as it has Content-Length bytes; only the end of
/// the stream proves that there are no more (RFC 9113, section 8.1.1), so libcurl is to wait for it.
void Transfer::on_status_line(std::string_view line) {
  outcome_.head = ReplyHead{};
  outcome_.head.framed_by_stream = line.starts_with("HTTP/2") || line.starts_with("HTTP/3");
  if (outcome_.head.framed_by_stream) set(easy_.get(), CURLOPT_IGNORE_CONTENT_LENGTH, 1L);
}

/// A head is complete; one of an interim reply is followed by another.
void Transfer::on_head() {
  long status = 0;
  if (curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status) != CURLE_OK) status = 0;
  outcome_.head.status = static_cast<int>(status);
  if (status >= 100 && status < 200) return;
  head_checked_ = true;
  rate_.restart(MinimumRate::Clock::now());
  outcome_.failure = request_.check(outcome_.head);
  refused_ = outcome_.failure.has_value();
  if (!outcome_.failure) outcome_.failure = check_framing(outcome_.head);
  if (outcome_.failure) return;
  holding_ = !outcome_.head.framed_by_length() || (request_.provisional && request_.provisional(outcome_.head));
}

std::size_t Transfer::on_body(std::span<const std::byte> bytes) {
  if (outcome_.failure) return 0;
  if (given_up()) {
    outcome_.failure = kGivenUp;
  } else if (!head_checked_) {
    outcome_.failure = of_fault(Fault::no_head, fmt::format("status {}", outcome_.head.status));
  } else if (bytes.size() > (most_ - arrived_).value) {
    outcome_.failure = of_fault(Fault::long_body);
  }
  if (outcome_.failure) return 0;
  take(bytes);
  return bytes.size();
}

void Transfer::take(std::span<const std::byte> bytes) {
  const ByteCount count{bytes.size()};
  const Time now = MinimumRate::Clock::now();
  if (arrived_.is_zero()) rate_.restart(now);
  rate_.brought(count, now);
  note_arrival(count);
  arrived_ += count;
  if (holding_) return sink_.hold(bytes);
  outcome_.body += count;
  sink_.write(bytes);
}

void Transfer::sent_to(Host& host, Time begun) {
  host_ = &host;
  begun_ = begun;
  const Time now = MinimumRate::Clock::now();
  rate_.restart(now);
  if (request_.progress) request_.progress->sent(now, host.patience());
}

std::optional<std::chrono::microseconds> Transfer::time_of(CURLINFO which) const {
  curl_off_t time = 0;
  if (curl_easy_getinfo(easy_.get(), which, &time) != CURLE_OK) return std::nullopt;
  return std::chrono::microseconds(time);
}

/// Of ranges only: a listing may take its time, and that says nothing of the link.
void Transfer::note_arrival(ByteCount bytes) {
  if (!request_.progress) return;
  const auto now = std::chrono::steady_clock::now();
  request_.progress->brought(bytes, now);
  if (arrived_.is_zero()) {
    const auto sent = time_of(CURLINFO_PRETRANSFER_TIME_T);
    const auto began = time_of(CURLINFO_STARTTRANSFER_TIME_T);
    if (sent && began) host_->concurrency().replied(*began - *sent, now);
  }
  host_->brought(bytes, now);
}

std::optional<Rejection> Transfer::overdue(Time now) {
  if (request_.time_limit && now - begun_ >= *request_.time_limit) return of_fault(Fault::too_late);
  if (!sent_) {
    // Until then it waits for a connection, which has a timeout of its own.
    const auto sent = time_of(CURLINFO_PRETRANSFER_TIME_T);
    sent_ = sent && sent->count() > 0;
    if (!sent_) rate_.restart(now);
  }
  if (rate_.too_slow(now)) return of_fault(Fault::too_slow, too_slow_);
  return std::nullopt;
}

void Transfer::finish(CURLcode code) {
  if (!outcome_.failure && code != CURLE_OK) {
    const std::string text = error_text_[0] ? shown_text_of_curl(error_text_) : curl_easy_strerror(code);
    outcome_.failure = of_code(code, text, situation_);
  }
  if (!outcome_.failure) outcome_.failure = incomplete();
  settle();
}

/// What is missing of a reply that libcurl takes for complete.
std::optional<Rejection> Transfer::incomplete() const {
  if (!head_checked_) return of_fault(Fault::no_head, fmt::format("status {}", outcome_.head.status));
  if (!request_.range || arrived_ == most_) return std::nullopt;
  return of_fault(Fault::short_body, fmt::format("after {} of {} bytes", arrived_.value, most_.value));
}

void Transfer::doom(Rejection failure) {
  if (!outcome_.failure) outcome_.failure = std::move(failure);
}

void Transfer::fail(Rejection failure) {
  doom(std::move(failure));
  settle();
}

void Transfer::cancel() {
  outcome_.failure = kGivenUp;
  settle();
}

/// The end: what was held counts now, or never.
void Transfer::settle() {
  finished_ = true;
  const auto sent = time_of(CURLINFO_PRETRANSFER_TIME_T);
  outcome_.lost = outcome_.failure && !refused_ && sent && sent->count() > 0;
  try {
    if (holding_ && !outcome_.failure && request_.confirm) outcome_.failure = request_.confirm(outcome_.head);
    if (holding_ && !outcome_.failure) {
      sink_.keep_held();
      outcome_.body = arrived_;
    }
    if (holding_ && outcome_.failure) sink_.drop_held();
  } catch (const std::exception& problem) {
    outcome_.failure = of_fault(Fault::local, problem.what());
  }
  if (outcome_.failure) hide_secrets(*outcome_.failure);
  if (request_.progress) request_.progress->ended(!outcome_.failure);
}

/// A reply may repeat what the request showed. Every reason of a transfer passes here before it becomes a message.
void Transfer::hide_secrets(Rejection& failure) const {
  const Login* const login = address_.login().get();
  failure.reason = without_secrets(std::move(failure.reason), address_.access(), login ? &login->shown() : nullptr);
}

}  // namespace rimfs::http
