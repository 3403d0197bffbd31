// SPDX-License-Identifier: MIT
#include "http/curl_transport.h"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <vector>

namespace rimfs::http {
namespace {

/// The interval at which exchanges are checked for being too slow: a quarter of the shortest stall timeout.
constexpr std::chrono::milliseconds kCheckInterval{250};

template <typename Value>
void set(CURLM* multi, CURLMoption option, Value value) {
  const CURLMcode code = curl_multi_setopt(multi, option, value);
  if (code != CURLM_OK) {
    throw Error(ErrorKind::system,
                fmt::format("libcurl refuses option {}: {}", static_cast<int>(option), curl_multi_strerror(code)));
  }
}

}  // namespace

/// The functions that libcurl calls. A result of -1 would permanently end every request of the handle. A failure is
/// therefore recorded in the exchange that caused it, and only that exchange ends.
struct CurlTransport::Callbacks {
  static int socket(CURL* easy, curl_socket_t socket, int what, void* self, void*) {
    try {
      static_cast<CurlTransport*>(self)->on_socket(socket, what);
    } catch (const std::exception& problem) {
      if (CurlRequest* request = CurlRequest::of(easy)) {
        request->exchange().fail(of_fault(Fault::local, problem.what()));
      }
    }
    return 0;
  }
  /// If the timer cannot be set, the next check_running() runs libcurl.
  static int timer(CURLM*, long milliseconds, void* self) {
    try {
      static_cast<CurlTransport*>(self)->on_timer(milliseconds);
    } catch (const std::exception&) {
      static_cast<CurlTransport*>(self)->timer_ = 0;
    }
    return 0;
  }
};

CurlTransport::CurlTransport(reactor::EventLoop& loop, const Options& options)
    : loop_(loop), multi_(curl_multi_init()) {
  if (!multi_) throw Error(ErrorKind::system, "libcurl cannot make a multi handle");
  set_up(options);
}

void CurlTransport::set_up(const Options& options) {
  CURLM* multi = multi_.get();
  set(multi, CURLMOPT_SOCKETFUNCTION, &Callbacks::socket);
  set(multi, CURLMOPT_SOCKETDATA, this);
  set(multi, CURLMOPT_TIMERFUNCTION, &Callbacks::timer);
  set(multi, CURLMOPT_TIMERDATA, this);
  // libcurl's own limits are not set: libcurl would queue requests that hold a slot behind connections that hang at
  // another server. The cache of idle connections suffices for two servers with the maximum number of requests each.
  set(multi, CURLMOPT_MAXCONNECTS, 2 * static_cast<long>(options.connections));
  set(multi, CURLMOPT_PIPELINING,
      options.http_version == HttpVersion::http2 ? static_cast<long>(CURLPIPE_MULTIPLEX)
                                                 : static_cast<long>(CURLPIPE_NOTHING));
}

CurlTransport::~CurlTransport() {
  multi_.reset();
  if (timer_ != 0) loop_.cancel_timer(timer_);
  if (check_timer_ != 0) loop_.cancel_timer(check_timer_);
}

void CurlTransport::start(Exchange& exchange) {
  exchange.started();
  try {
    send(exchange);
  } catch (const std::exception& problem) {
    exchange.finish(of_fault(Fault::local, problem.what()), {});
  }
}

/// Throws an exception when the request cannot be started.
void CurlTransport::send(Exchange& exchange) {
  watch();
  auto request = std::make_unique<CurlRequest>(exchange);
  CurlRequest* const key = request.get();
  running_.emplace(key, std::move(request));
  const CURLMcode code = curl_multi_add_handle(multi_.get(), key->handle());
  if (code == CURLM_OK) return;
  running_.erase(key);
  throw Error(ErrorKind::system, curl_multi_strerror(code));
}

void CurlTransport::on_socket(curl_socket_t socket, int what) {
  if (what == CURL_POLL_REMOVE) {
    loop_.unwatch(socket);
    return;
  }
  const std::uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
  loop_.watch(socket, events, [this, socket](std::uint32_t ready) {
    const int flags = (ready & EPOLLIN ? CURL_CSELECT_IN : 0) | (ready & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                      (ready & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
    act(socket, flags);
  });
}

void CurlTransport::on_timer(long milliseconds) {
  if (timer_ != 0) loop_.cancel_timer(timer_);
  timer_ = 0;
  if (milliseconds < 0) return;
  timer_ = loop_.add_timer(std::chrono::milliseconds(milliseconds), [this] {
    timer_ = 0;
    act(CURL_SOCKET_TIMEOUT, 0);
  });
}

void CurlTransport::act(curl_socket_t socket, int ready) {
  int still_running = 0;
  const CURLMcode code = curl_multi_socket_action(multi_.get(), socket, ready, &still_running);
  collect_finished();
  // libcurl neither reports which exchange failed nor ends any.
  if (code != CURLM_OK) {
    for (const auto& [request, owner] : running_) {
      request->exchange().fail(of_fault(Fault::local, curl_multi_strerror(code)));
    }
  }
  end_failed();
}

void CurlTransport::collect_finished() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    CURL* easy = message->easy_handle;
    CurlRequest* request = CurlRequest::of(easy);
    curl_multi_remove_handle(multi_.get(), easy);  // invalidates message; if it fails, ~CurlRequest removes the handle
    const auto ended = running_.extract(request);
    if (ended) request->finish(code);
  }
}

/// Ends each exchange for which `wanted` returns true.
template <typename Wanted>
void CurlTransport::end_each(Wanted wanted) {
  std::vector<std::unique_ptr<CurlRequest>> ended;
  for (auto& [request, owner] : running_) {
    if (wanted(*request)) ended.push_back(std::move(owner));
  }
  for (const std::unique_ptr<CurlRequest>& request : ended) {
    running_.erase(request.get());
    curl_multi_remove_handle(multi_.get(), request->handle());
    request->finish(CURLE_ABORTED_BY_CALLBACK);
  }
}

void CurlTransport::end_given_up() {
  end_each([](CurlRequest& request) {
    if (request.exchange().given_up()) request.exchange().fail(kGivenUp);
    return request.exchange().given_up();
  });
}

void CurlTransport::cancel_all() {
  end_each([](CurlRequest& request) {
    request.exchange().fail(kGivenUp);
    return true;
  });
}

void CurlTransport::resume_paused() {
  bool resumed = false;
  for (const auto& [request, owner] : running_) {
    if (!request->is_paused() || request->exchange().is_full()) continue;
    request->resume();
    resumed = true;
  }
  if (resumed) act(CURL_SOCKET_TIMEOUT, 0);
}

/// Ends the exchanges that a callback could not serve. libcurl itself reports the end of the other failed ones.
void CurlTransport::end_failed() {
  end_each([](CurlRequest& request) { return request.exchange().failed(); });
}

void CurlTransport::watch() {
  if (check_timer_ != 0) return;
  check_due_ = loop_.now() + kCheckInterval;
  check_timer_ = loop_.add_timer(kCheckInterval, [this] { check_running(); });
}

/// Ends exchanges that are too slow. Also runs libcurl, so that a timer that could not be set causes only a short
/// delay.
void CurlTransport::check_running() {
  check_timer_ = 0;
  if (running_.empty()) return;
  const auto now = loop_.now();
  const bool slept = now > check_due_ + kCheckInterval * 4;
  watch();
  if (slept) {
    for (const auto& [request, owner] : running_) request->exchange().restart_rate();
  }
  end_each([](CurlRequest& request) {
    if (request.is_paused()) request.exchange().restart_rate();
    std::optional<Rejection> why = request.exchange().overdue(request.is_sent());
    if (why) request.exchange().fail(std::move(*why));
    return why.has_value();
  });
  act(CURL_SOCKET_TIMEOUT, 0);
}

}  // namespace rimfs::http
