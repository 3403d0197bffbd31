// SPDX-License-Identifier: MIT
#include "http/multi.h"

#include <fmt/format.h>
#include <sys/epoll.h>

#include <vector>

namespace rimfs::http {
namespace {

/// How often transfers are looked at for one that is too slow: a quarter of the shortest stall timeout.
constexpr std::chrono::milliseconds kLook{250};

/// Parks the awaiting coroutine until the transfer's end is seen.
struct TransferEnd {
  Transfer& transfer;
  bool await_ready() const { return transfer.finished(); }
  void await_suspend(std::coroutine_handle<> handle) const { transfer.waiting = handle; }
  void await_resume() const {}
};

template <typename Value>
void set(CURLM* multi, CURLMoption option, Value value) {
  const CURLMcode code = curl_multi_setopt(multi, option, value);
  if (code != CURLM_OK) {
    throw Error(ErrorKind::system,
                fmt::format("libcurl refuses option {}: {}", static_cast<int>(option), curl_multi_strerror(code)));
  }
}

Transfer* owner_of(CURL* easy) {
  void* owner = nullptr;
  if (!easy || curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner) != CURLE_OK) return nullptr;
  return static_cast<Transfer*>(owner);
}

}  // namespace

/// What libcurl calls. A result of -1 would end every transfer of the handle for good, so a failure is noted where it
/// belongs and ends that transfer soon.
struct Multi::Callbacks {
  static int socket(CURL* easy, curl_socket_t socket, int what, void* self, void*) {
    try {
      static_cast<Multi*>(self)->on_socket(socket, what);
    } catch (const std::exception& problem) {
      if (Transfer* transfer = owner_of(easy)) transfer->doom(of_fault(Fault::local, problem.what()));
    }
    return 0;
  }
  /// Without the timer libcurl is asked by the next look().
  static int timer(CURLM*, long milliseconds, void* self) {
    try {
      static_cast<Multi*>(self)->on_timer(milliseconds);
    } catch (const std::exception&) {
      static_cast<Multi*>(self)->timer_ = 0;
    }
    return 0;
  }
};

Multi::Multi(reactor::EventLoop& loop, const Options& options) : loop_(loop), multi_(curl_multi_init()) {
  if (!multi_) throw Error(ErrorKind::system, "libcurl gives no multi handle");
  set_up(options);
}

void Multi::set_up(const Options& options) {
  CURLM* multi = multi_.get();
  set(multi, CURLMOPT_SOCKETFUNCTION, &Callbacks::socket);
  set(multi, CURLMOPT_SOCKETDATA, this);
  set(multi, CURLMOPT_TIMERFUNCTION, &Callbacks::timer);
  set(multi, CURLMOPT_TIMERDATA, this);
  // No limits of libcurl's own: it would queue what has a slot, behind connections that hang at another server. Idle
  // connections are kept for two servers with all the requests there may be.
  set(multi, CURLMOPT_MAXCONNECTS, 2 * static_cast<long>(options.connections));
  set(multi, CURLMOPT_PIPELINING,
      options.http_version == HttpVersion::http2 ? static_cast<long>(CURLPIPE_MULTIPLEX)
                                                 : static_cast<long>(CURLPIPE_NOTHING));
}

Multi::~Multi() {
  multi_.reset();
  if (timer_ != 0) loop_.cancel_timer(timer_);
  if (look_timer_ != 0) loop_.cancel_timer(look_timer_);
}

reactor::Task<> Multi::run(Transfer& transfer) {
  const CURLMcode code = start(transfer);
  if (code != CURLM_OK) {
    transfer.fail(of_fault(Fault::local, curl_multi_strerror(code)));
    co_return;
  }
  TransferEnd end{transfer};
  co_await end;
}

CURLMcode Multi::start(Transfer& transfer) {
  watch();
  running_.insert(&transfer);
  const CURLMcode code = curl_multi_add_handle(multi_.get(), transfer.handle());
  if (code != CURLM_OK) running_.erase(&transfer);
  return code;
}

void Multi::on_socket(curl_socket_t socket, int what) {
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

void Multi::on_timer(long milliseconds) {
  if (timer_ != 0) loop_.cancel_timer(timer_);
  timer_ = 0;
  if (milliseconds < 0) return;
  timer_ = loop_.add_timer(std::chrono::milliseconds(milliseconds), [this] {
    timer_ = 0;
    act(CURL_SOCKET_TIMEOUT, 0);
  });
}

void Multi::act(curl_socket_t socket, int ready) {
  int still_running = 0;
  const CURLMcode code = curl_multi_socket_action(multi_.get(), socket, ready, &still_running);
  collect_finished();
  // libcurl does not say whose failure it is, and does not end them.
  if (code != CURLM_OK) {
    for (Transfer* transfer : running_) transfer->doom(of_fault(Fault::local, curl_multi_strerror(code)));
  }
  end_doomed();
}

void Multi::collect_finished() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    CURL* easy = message->easy_handle;
    Transfer* transfer = owner_of(easy);
    curl_multi_remove_handle(multi_.get(), easy);  // invalidates message; a refusal is repeated by ~Transfer
    if (!transfer || running_.erase(transfer) == 0) continue;
    transfer->finish(code);
    resume(*transfer);
  }
}

void Multi::resume(Transfer& transfer) {
  if (transfer.waiting) loop_.resume_soon(transfer.waiting);
}

/// Ends each transfer for which `wanted` gives a reason.
template <typename Wanted>
void Multi::end_each(Wanted wanted) {
  std::vector<Transfer*> ended;
  for (Transfer* transfer : running_) {
    if (wanted(*transfer)) ended.push_back(transfer);
  }
  for (Transfer* transfer : ended) {
    running_.erase(transfer);
    curl_multi_remove_handle(multi_.get(), transfer->handle());
    transfer->finish(CURLE_ABORTED_BY_CALLBACK);
    resume(*transfer);
  }
}

void Multi::end_given_up() {
  end_each([](Transfer& transfer) {
    if (transfer.given_up()) transfer.doom(kGivenUp);
    return transfer.given_up();
  });
}

void Multi::cancel_all() {
  end_each([](Transfer& transfer) {
    transfer.doom(kGivenUp);
    return true;
  });
}

/// Those that a callback could not serve. Of the others that have failed libcurl itself reports the end.
void Multi::end_doomed() {
  end_each([](Transfer& transfer) { return transfer.doomed(); });
}

void Multi::watch() {
  if (look_timer_ != 0) return;
  look_due_ = loop_.now() + kLook;
  look_timer_ = loop_.add_timer(kLook, [this] { look(); });
}

/// Ends what is too slow, and sees to it that a timer which could not be set delays nothing for long.
void Multi::look() {
  look_timer_ = 0;
  if (running_.empty()) return;
  const auto now = loop_.now();
  const bool slept = now > look_due_ + kLook * 4;
  watch();
  if (slept) {
    for (Transfer* transfer : running_) transfer->forgive(now);
  }
  end_each([now](Transfer& transfer) {
    std::optional<Rejection> why = transfer.overdue(now);
    if (why) transfer.doom(std::move(*why));
    return why.has_value();
  });
  act(CURL_SOCKET_TIMEOUT, 0);
}

}  // namespace rimfs::http
