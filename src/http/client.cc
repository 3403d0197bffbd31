// SPDX-License-Identifier: MIT
#include "http/client.h"

#include <fmt/format.h>
#include <sys/epoll.h>

#include "http/url.h"

namespace rimfs::http {
namespace {

constexpr int kMostRedirects = 10;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// Parks the awaiting coroutine until the client sees the transfer's end.
struct TransferEnd {
  Transfer& transfer;
  bool await_ready() const { return transfer.finished(); }
  void await_suspend(std::coroutine_handle<> handle) const { transfer.waiting = handle; }
  void await_resume() const {}
};

/// Lets the address follow a redirect; why not, when it may not.
std::optional<Rejection> redirect(Address& address, const std::string& asked, const ReplyHead& head, int hops) {
  if (hops > kMostRedirects) {
    return Rejection{ErrorKind::unreachable, false, "too many redirects"};
  }
  try {
    address.redirect_to(resolve_location(asked, head.location));
    return std::nullopt;
  } catch (const Error& error) {
    return Rejection{error.kind(), false, error.message()};
  }
}

/// What a finished transfer says of the way to the server and of how busy it is.
void observe(Transfer& transfer, std::uint64_t stamp, Host& host) {
  const int status = transfer.outcome().head.status;
  if (status == 429 || status == 503) host.concurrency().overloaded(stamp);
  if (transfer.outcome().failure) return;
  host.concurrency().succeeded();
  curl_off_t sent = 0, first_byte = 0, total = 0;
  curl_easy_getinfo(transfer.handle(), CURLINFO_PRETRANSFER_TIME_T, &sent);
  curl_easy_getinfo(transfer.handle(), CURLINFO_STARTTRANSFER_TIME_T, &first_byte);
  curl_easy_getinfo(transfer.handle(), CURLINFO_TOTAL_TIME_T, &total);
  host.link().observe(std::chrono::microseconds(first_byte - sent), transfer.outcome().body,
                      std::chrono::microseconds(total - first_byte));
}

/// A vSphere server answers 500 for a disk that a running machine has locked.
void explain_datastore(const Address& address, Outcome& outcome) {
  if (!address.datastore() || outcome.head.status != 500 || !outcome.failure) return;
  outcome.failure = Rejection{ErrorKind::corrupt, true,
                              "the server answered 500 (is the machine running? Its disks are locked then)"};
}

/// Takes the probe's one byte.
class Discard : public BodySink {
 public:
  void write(std::span<const std::byte>) override {}
};

/// Takes a document.
class Collect : public BodySink {
 public:
  explicit Collect(std::string& text) : text_(text) {}
  void write(std::span<const std::byte> bytes) override {
    text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }

 private:
  std::string& text_;
};

}  // namespace

/// How long to wait before a probe or document is asked for again; throws when it is time to give up.
class Client::Retries {
 public:
  /// `once`: never again.
  Retries(Client& client, const Address& address, bool once = false)
      : client_(client),
        address_(address),
        once_(once),
        backoff_(std::chrono::duration_cast<RetryPolicy::Duration>(client.options_.retry_deadline)) {}

  RetryPolicy::Duration after(const Outcome& outcome) {
    const Rejection& failure = *outcome.failure;
    // When nobody listens say so now rather than after the deadline.
    const bool nobody = failure.kind == ErrorKind::unreachable && outcome.head.status == 0;
    const auto delay =
        nobody || once_ ? std::nullopt : backoff_.after(failure, outcome.head.retry_after, client_.loop_.now());
    if (!delay) throw Error(failure.kind, fmt::format("{}: {}", address_.shown(), failure.reason));
    client_.log_.info("{}: {}; asking again", address_.shown(), failure.reason);
    return *delay;
  }

 private:
  Client& client_;
  const Address& address_;
  const bool once_;
  Backoff backoff_;
};

struct Client::MultiCallbacks {
  static int socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
    static_cast<Client*>(self)->on_socket(socket, what);
    return 0;
  }
  static int timer(CURLM*, long milliseconds, void* self) {
    static_cast<Client*>(self)->on_timer(milliseconds);
    return 0;
  }
};

Client::Client(reactor::EventLoop& loop, const Options& options, Log& log)
    : loop_(loop),
      options_(options),
      total_(std::make_shared<TotalSlots>(options.connections)),
      log_(log),
      multi_(curl_multi_init()) {
  if (!multi_) throw Error(ErrorKind::system, "libcurl gives no multi handle");
  CURLM* multi = multi_.get();
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &MultiCallbacks::socket);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &MultiCallbacks::timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
  // No limits of libcurl's own: it would queue what has a slot, behind connections that hang at another server. Idle
  // connections are kept for two servers with all the requests there may be.
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 2 * static_cast<long>(options_.connections));
  curl_multi_setopt(multi, CURLMOPT_PIPELINING,
                    options_.http_version == HttpVersion::http2 ? CURLPIPE_MULTIPLEX : CURLPIPE_NOTHING);
}

Client::~Client() {
  multi_.reset();
  if (timer_ != 0) loop_.cancel_timer(timer_);
}

Host& Client::host_at(const Address& address, const std::string& url) {
  const std::string origin = origin_of(url);
  const MutexLock lock(hosts_mutex_);
  std::unique_ptr<Host>& host = hosts_[origin];
  if (!host) {
    const unsigned usual = address.datastore() ? options_.datastore_connections : options_.connections_per_host;
    const unsigned most = address.access().connections.value_or(usual);
    std::function<void()> on_room = [this] { look_for_work_soon(); };
    host = std::make_unique<Host>(origin, std::min(most, options_.connections), loop_, std::move(on_room), total_);
  }
  return *host;
}

Host& Client::host_of(Resource& resource) {
  Host& host = host_of(resource.address(loop_.now()));
  resource.ask_at(host);
  return host;
}

std::vector<HostStatus> Client::hosts() const {
  std::vector<HostStatus> all;
  const MutexLock lock(hosts_mutex_);
  for (const auto& [origin, host] : hosts_) {
    all.push_back(
        {origin, host->link().delay(), host->link().bytes_per_second(), host->connections(), host->allowed()});
  }
  return all;
}

reactor::Task<Outcome> Client::get_range(Resource& resource, ByteRange range, BodySink& sink, Progress& progress,
                                         bool own_connection, Slot& slot) {
  const std::shared_ptr<const Identity> identity = resource.identity();
  // Compared with what is known when the reply comes: another one may have named further validators meanwhile.
  Request request([range, &resource](const ReplyHead& head) {
    auto rejection = check_range_reply(head, range, *resource.identity());
    if (!rejection) resource.fill_in({resource.identity()->size, head.etag, head.last_modified});
    return rejection;
  });
  request.range = range;
  request.progress = &progress;
  request.own_connection = own_connection;
  // The range only of the file that carries this tag, the whole of any other (If-Range, RFC 9110, section 13.1.5).
  // If-Match would do as well, but a server's login page answers 412 to it, as a changed file does.
  if (identity->has_strong_etag()) request.headers.push_back("If-Range: " + identity->etag);
  Outcome outcome = co_await follow(resource.address(loop_.now()), request, sink, slot);
  host_of(resource);  // a redirect may have been learned
  co_return outcome;
}

/// Waits until the server may get one more. Not for a POST: logins are made with it, and those who have a slot may be
/// waiting for one.
reactor::Task<Outcome> Client::follow_in_turn(Address& address, const Request& request, BodySink& sink) {
  Slot slot;
  if (!request.post) {
    co_await slot.move_to(host_of(address));
  }
  Outcome outcome = co_await follow(address, request, sink, slot);
  co_return outcome;
}

/// Renews the login once when what it showed is refused.
reactor::Task<Outcome> Client::follow(Address& address, const Request& request, BodySink& sink, Slot& slot) {
  const std::shared_ptr<Login> login = address.login();
  Outcome outcome;
  if (login && login->due()) {
    const bool ready = co_await renewed(*login, login->version(), outcome);
    // What was shown before may still be good.
    if (!ready && login->version() == 0) co_return outcome;
    if (!ready && outcome.failure) log_.warning("{}", outcome.failure->reason);
    outcome = Outcome();
  }
  const std::uint64_t shown = login ? login->version() : 0;
  outcome = co_await follow_redirects(address, request, sink, slot);
  const bool refused = outcome.failure && (outcome.head.status == 401 || outcome.head.status == 403);
  if (!login || !refused || cancelled_) co_return outcome;
  const bool again = co_await renewed(*login, shown, outcome);
  if (!again) co_return outcome;
  outcome = co_await follow_redirects(address, request, sink, slot);
  co_return outcome;
}

/// False when there is nothing newer to show; what prevents it is put into `outcome`.
reactor::Task<bool> Client::renewed(Login& login, std::uint64_t refused, Outcome& outcome) {
  const auto place = renewing_.insert(&login);
  bool newer = false;
  try {
    newer = co_await login.renew(refused);
  } catch (const Error& error) {
    const bool passing = error.kind() == ErrorKind::unreachable || error.kind() == ErrorKind::timed_out;
    outcome.failure = Rejection{error.kind(), passing, error.message()};
  }
  renewing_.erase(place);
  co_return newer;
}

/// The slot is held at the server that is asked, so that one that hangs behind a redirect holds none of the server that
/// redirects. A request without a slot stays without.
reactor::Task<Outcome> Client::follow_redirects(Address& address, const Request& request, BodySink& sink, Slot& slot) {
  bool at_origin = !address.redirected();
  for (int hops = 0;;) {
    const std::string asked = at_origin ? address.given() : address.current();
    Host& host = host_at(address, asked);
    const bool elsewhere = slot.host() && slot.host() != &host;
    if (elsewhere) {
      co_await slot.move_to(host);
    }
    Transfer transfer(address, at_origin, options_, request, sink);
    Outcome outcome = co_await perform(transfer, request, host);
    if (is_redirect(outcome.head.status) && outcome.failure) {
      outcome.failure = redirect(address, asked, outcome.head, ++hops);
      if (outcome.failure) co_return outcome;
      at_origin = false;
      continue;
    }
    explain_datastore(address, outcome);
    if (!outcome.failure || outcome.failure->kind == ErrorKind::cancelled) co_return outcome;
    // Where it was redirected may have expired: ask there again, unless another request learned the new place. The
    // rest go on with the old one until then, so that a busy mount does not all turn to the origin.
    if (at_origin || hops > 0 || outcome.body.value > 0) co_return outcome;
    at_origin = asked == address.current();
    ++hops;
    log_.info("{}: where it redirected to fails ({}); asking the address itself again", address.shown(),
              outcome.failure->reason);
  }
}

reactor::Task<Identity> Client::probe(Address& address) {
  Discard discard;
  Retries retries(*this, address);
  std::optional<Identity> identity;
  Request request([&identity](const ReplyHead& head) { return identify(head, identity); });
  request.range = ByteRange{Offset{0}, Offset{1}};
  for (;;) {
    Outcome outcome = co_await follow_in_turn(address, request, discard);
    if (identity) co_return *identity;
    if (!outcome.failure) outcome.failure = Rejection{ErrorKind::corrupt, true, "an empty reply"};
    const auto delay = retries.after(outcome);
    co_await loop_.sleep(delay);
  }
}

reactor::Task<Client::Document> Client::fetch_document(Address& address, Request request) {
  Retries retries(*this, address, request.farewell);
  Document document;
  for (;;) {
    Collect collect(document.body);
    Outcome outcome = co_await follow_in_turn(address, request, collect);
    if (!outcome.failure) {
      document.url = address.current();
      document.head = std::move(outcome.head);
      co_return document;
    }
    document.body.clear();
    const auto delay = retries.after(outcome);
    co_await loop_.sleep(delay);
  }
}

reactor::Task<Outcome> Client::perform(Transfer& transfer, const Request& request, Host& host) {
  const std::uint64_t stamp = host.concurrency().stamp();
  if (transfer.given_up() || (cancelled_ && !request.farewell)) {
    transfer.cancel();
  } else {
    transfer.sent_to(host);
    running_.insert(&transfer);
    curl_multi_add_handle(multi_.get(), transfer.handle());
  }
  TransferEnd end{transfer};
  co_await end;
  observe(transfer, stamp, host);
  co_return transfer.outcome();
}

void Client::on_socket(curl_socket_t socket, int what) {
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

void Client::on_timer(long milliseconds) {
  if (timer_ != 0) loop_.cancel_timer(timer_);
  timer_ = 0;
  if (milliseconds < 0) return;
  timer_ = loop_.add_timer(std::chrono::milliseconds(milliseconds), [this] {
    timer_ = 0;
    act(CURL_SOCKET_TIMEOUT, 0);
  });
}

void Client::act(curl_socket_t socket, int ready) {
  int still_running = 0;
  curl_multi_socket_action(multi_.get(), socket, ready, &still_running);
  collect_finished();
}

void Client::collect_finished() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    CURL* easy = message->easy_handle;
    void* owner = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
    auto* transfer = static_cast<Transfer*>(owner);
    curl_multi_remove_handle(multi_.get(), easy);  // invalidates message
    running_.erase(transfer);
    transfer->finish(code);
    loop_.resume_soon(transfer->waiting);
  }
}

/// Later, because libcurl may be calling now, and then no handle may be taken from it.
void Client::cancel(Progress& progress) {
  progress.give_up(loop_.now());
  loop_.post([this] { end_given_up(); });
}

/// Later, because whoever looks may start a request, and libcurl may be calling now. Once for all that ends until then.
void Client::look_for_work_soon() {
  if (std::exchange(looking_, true)) return;
  loop_.post([this] {
    looking_ = false;
    if (on_room_) on_room_();
  });
}

void Client::end_given_up() {
  std::erase_if(running_, [this](Transfer* transfer) {
    if (!transfer->given_up()) return false;
    curl_multi_remove_handle(multi_.get(), transfer->handle());
    transfer->cancel();
    loop_.resume_soon(transfer->waiting);
    return true;
  });
}

void Client::cancel_all() {
  cancelled_ = true;
  for (Login* login : renewing_) login->cancel();
  for (Transfer* transfer : std::exchange(running_, {})) {
    curl_multi_remove_handle(multi_.get(), transfer->handle());
    transfer->cancel();
    loop_.resume_soon(transfer->waiting);
  }
}

}  // namespace rimfs::http
