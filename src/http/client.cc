// SPDX-License-Identifier: MIT
#include "http/client.h"

#include <fmt/format.h>

#include <utility>

#include "http/url.h"

namespace rimfs::http {
namespace {

constexpr int kMostRedirects = 10;

/// The limit of remembered servers, because redirects can add any number of them; an object store has a few dozen
/// names.
constexpr std::size_t kMostRedirectTargets = 1000;

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// The time limit of a document, even above the minimum rate: 100,000 names at 50 KB/s.
constexpr std::chrono::minutes kLongestDocument{5};

/// The part of the deadline (a quarter) that a request waits for the renewal of a login that is only old.
constexpr int kPartForRenewal = 4;

/// Renewals of the login for one request: a login may end again between its renewal and the request.
constexpr unsigned kMostRenewals = 3;

/// Sets the target of a redirect in `address`. `asked` is the requested URL. Returns the reason when it is refused.
std::optional<Rejection> redirect(Address& address, const std::string& asked, const Request& request,
                                  const ReplyHead& head) {
  if (auto broken = check_framing(head)) return broken;
  if (head.location.empty()) return of_fault(Fault::redirect_without_target, std::to_string(head.status));
  try {
    const std::string target = resolve_location(asked, head.location);
    if (!is_web_url(target)) return of_fault(Fault::redirect_elsewhere);
    if (is_https(address.given()) && !is_https(target)) return of_fault(Fault::redirect_to_plain);
    // A body may contain a password, and such a request carries its cookie itself.
    if (request.post && origin_of(target) != origin_of(asked)) {
      return of_fault(Fault::redirect_of_post, display_url(target, address.access().server_kinds).text());
    }
    address.redirect_to(target);
    return std::nullopt;
  } catch (const Error& error) {
    return of_fault(Fault::redirect_elsewhere, error.message());
  }
}

/// True when the refusal of a range may be due to If-Range alone. Some servers answer the header with the whole file
/// although the tag is the file's own, because only some of their replies contain it or because they compare it with
/// another value; others take it for a precondition or an error.
bool may_misunderstand_if_range(const Outcome& outcome, const Identity& expected) {
  const ReplyHead& head = outcome.head;
  if (!outcome.failure || outcome.failure->kind == ErrorKind::cancelled) return false;
  if (head.status == 400 || head.status == 412) return true;
  if (head.status == 416) return outcome.failure->kind != ErrorKind::changed;
  const ByteCount size{head.content_length.value_or(expected.size.value)};
  return head.status == 200 && !head.is_page() && expected.same_file({size, head.etag, head.last_modified});
}

/// The identity of the file in the head of a reply to a range request.
Identity described(const Resource& resource, const ReplyHead& head) {
  return {resource.identity()->size, head.etag, head.last_modified};
}

/// Collects a document. It is used only after all of it has arrived, so no bytes need to be kept separate.
class Collect : public BodySink {
 public:
  Collect(const reactor::EventLoop& loop, Body& body, ProgressCredit& progress)
      : loop_(loop), body_(body), progress_(progress) {}
  void write(std::span<const std::byte> bytes) override {
    progress_.brought(ByteCount{bytes.size()}, loop_.now());
    body_.add({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  void hold(std::span<const std::byte> bytes) override { write(bytes); }
  void keep_held() override {}
  void drop_held() override { body_ = Body(); }

 private:
  const reactor::EventLoop& loop_;
  Body& body_;
  ProgressCredit& progress_;
};

}  // namespace

/// Computes the wait before a document is requested again; throws when no retry is left. The deadline runs from the
/// first request, and restarts after one that transferred bytes.
class Client::Retries {
 public:
  Retries(Client& client, const Address& address, const Request& request)
      : client_(client),
        address_(address),
        once_(request.during_shutdown),
        lost_left_(request.most_lost),
        backoff_(std::chrono::duration_cast<RetryPolicy::Duration>(client.options_.retry_deadline), client.jitter_) {}

  RetryPolicy::Duration after(const Outcome& outcome) {
    const Rejection& failure = *outcome.failure;
    const auto now = client_.loop_.now();
    if (!begun_ || !outcome.body.is_zero()) begun_ = outcome.body.is_zero() ? now - outcome.took : now;
    const bool last = once_ || (outcome.lost && lost_left_ && --*lost_left_ == 0);
    auto delay = last ? std::nullopt : backoff_.after(failure, outcome.head.retry_after, now);
    if (delay && now + *delay - *begun_ >= client_.options_.retry_deadline) delay.reset();
    if (!delay) throw Error(failure.kind, fmt::format("{}: {}", address_.shown(), failure.reason));
    client_.failures_.retrying(address_.origin(), failure,
                               fmt::format("{}: {}; retrying", address_.shown(), failure.reason));
    return *delay;
  }

 private:
  Client& client_;
  const Address& address_;
  const bool once_;
  std::optional<unsigned> lost_left_;  // attempts with an unknown result that are still allowed
  std::optional<Backoff::Clock::time_point> begun_;
  Backoff backoff_;
};

Client::Client(reactor::EventLoop& loop, Transport& transport, const Options& options, Log& log, Jitter jitter)
    : loop_(loop),
      transport_(transport),
      options_(options),
      total_(std::make_shared<TotalSlots>(options.connections)),
      log_(log),
      jitter_(jitter),
      failures_(loop, log) {}

Client::~Client() = default;

Host& Client::host_at(const Address& address, const std::string& url) {
  std::string origin = origin_of(url);
  const MutexLock lock(hosts_mutex_);
  // A server may redirect to an unlimited number of names. Beyond the limit their requests are counted at the
  // redirecting server.
  if (hosts_.size() >= kMostRedirectTargets && !hosts_.contains(origin)) origin = address.origin();
  std::unique_ptr<Host>& host = hosts_[origin];
  if (!host) {
    const unsigned most = address.access().connections.value_or(options_.connections_to(address.server_kind()));
    std::function<void()> on_free_slot = [this] { post_free_slot(); };
    host = std::make_unique<Host>(origin, std::min(most, options_.connections), loop_, std::move(on_free_slot), total_);
  }
  return *host;
}

Host& Client::host_of(Resource& resource) {
  Host& host = host_of(resource.address(loop_.now()));
  resource.ask_at(host);
  return host;
}

void Client::report(observe::Snapshot& into) const {
  const MutexLock lock(hosts_mutex_);
  for (const auto& [origin, host] : hosts_) {
    observe::Values& server = into.servers.emplace_back();
    server.set("servers[].origin", origin);
    server.set("servers[].delay-ms", std::chrono::duration<double, std::milli>(host->network_path().delay()).count());
    server.set("servers[].bytes-per-second", host->network_path().bytes_per_second().value);
    server.set("servers[].connections", host->connections());
    server.set("servers[].connections-allowed", host->allowed());
  }
}

reactor::Task<Outcome> Client::get_range(Resource& resource, ByteRange range, BodySink& sink, Progress& progress,
                                         bool own_connection, Slot& slot) {
  RangeForm form{range, own_connection, std::nullopt};
  const std::shared_ptr<const Identity> identity = resource.identity();
  // If-Range requests the range only if the file carries this tag, and the whole file otherwise (RFC 9110, section
  // 13.1.5). If-Match would also work, but a server's login page answers 412 to it, as a changed file does. Replies
  // without If-Range are checked in the same way.
  if (identity->has_strong_etag() && resource.host().understands_if_range()) form.if_range = identity->etag;
  Outcome outcome = co_await request_range(resource, form, sink, progress, slot);
  if (form.if_range && may_misunderstand_if_range(outcome, *identity)) {
    form.if_range.reset();
    outcome = co_await request_range(resource, form, sink, progress, slot);
    if (!outcome.failure) resource.host().stop_if_range();
  }
  if (!outcome.failure) resource.host().reply_limit().replied(range.size(), outcome.body);
  co_return outcome;
}

/// Requests a range once. `form.if_range` is the value of If-Range; nothing: the header is not sent.
reactor::Task<Outcome> Client::request_range(Resource& resource, const RangeForm& form, BodySink& sink,
                                             Progress& progress, Slot& slot) {
  Address& address = resource.address(loop_.now());
  // The reply is compared with the identity known when it arrives: other requests may have added bytes or validators
  // meanwhile.
  const auto check = [range = form.range, &resource, &address](const ReplyHead& head) {
    const Situation situation{resource.served(), address.server_kind(), false, false};
    auto rejection = resource.check_mirror(address, head);
    if (!rejection) rejection = check_range_reply(head, range, *resource.identity(), situation);
    if (!rejection) resource.note_served();
    return rejection;
  };
  Request request(check);
  // New validators in a reply are stored, and its bytes count, only after the reply has ended properly. Otherwise a
  // broken reply could determine the version of the file, or bytes of two versions could be mixed.
  request.provisional = [&resource, &address](const ReplyHead& head) {
    return resource.learns_from(address, described(resource, head));
  };
  request.confirm = [&resource, &address, check](const ReplyHead& head) {
    auto rejection = check(head);
    if (!rejection) resource.fill_in(address, described(resource, head));
    return rejection;
  };
  request.range = form.range;
  request.progress = &progress;
  request.own_connection = form.own_connection;
  if (form.if_range) request.headers.push_back("If-Range: " + *form.if_range);
  Outcome outcome = co_await follow(address, request, sink, slot);
  host_of(resource);  // a redirect may have been learned
  co_return outcome;
}

/// Waits for a slot of the server. A POST does not wait: logins use it, and requests that hold slots may be waiting for
/// a login.
reactor::Task<Outcome> Client::follow_in_turn(Address& address, const Request& request, BodySink& sink) {
  Slot slot;
  if (!request.post) {
    co_await slot.move_to(host_of(address));
  }
  Outcome outcome = co_await follow(address, request, sink, slot);
  co_return outcome;
}

std::chrono::milliseconds Client::since(reactor::EventLoop::Clock::time_point begun) const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(loop_.now() - begun);
}

/// Renews the login when its credentials are refused. A refusal, and a server elsewhere, sets no cookie of the login.
reactor::Task<Outcome> Client::follow(Address& address, const Request& request, BodySink& sink, Slot& slot) {
  const std::shared_ptr<Login> login = address.login();
  Outcome outcome;
  if (login && login->version() == 0) {
    const bool ready = co_await renewed(*login, 0, outcome);
    if (!ready) co_return outcome;
    outcome = Outcome();
  } else if (login && login->due()) {
    co_await renew_old(login);
  }
  for (unsigned renewals = 0;; ++renewals) {
    const std::uint64_t shown = login ? login->version() : 0;
    const auto begun = loop_.now();
    outcome = co_await follow_redirects(address, request, sink, slot);
    outcome.took = since(begun);
    if (!login) co_return outcome;
    const bool refused = outcome.failure && outcome.failure->renews_login;
    if (renewals > 0) login->tried_again(refused);
    const bool takes_cookies = !outcome.failure && outcome.saw_credentials && login->version() == shown;
    if (takes_cookies) login->take_cookies(outcome.head.cookies);
    if (!refused || cancelled_ || renewals == kMostRenewals) co_return outcome;
    const bool again = co_await renewed(*login, shown, outcome);
    if (!again) co_return outcome;
  }
}

/// Renews an old login beside the requests. Requests wait for it only for a part of the deadline, because the old
/// credentials may still be valid. If they are not, the refusal makes the requests wait.
reactor::Task<> Client::renew_old(std::shared_ptr<Login> login) {
  if (!login->renewing_since() && !cancelled_) renewals_.spawn(renew_aside(login));
  const auto begun = login->renewing_since();
  if (!begun) co_return;
  co_await login->renewal_ended(*begun + options_.answer_deadline() / kPartForRenewal);
}

reactor::Task<> Client::renew_aside(std::shared_ptr<Login> login) {
  Outcome outcome;
  const bool ready = co_await renewed(*login, login->version(), outcome);
  if (!ready && outcome.failure) log_.warning("{}", outcome.failure->reason);
}

reactor::Task<> Client::close() { co_await renewals_.joined(); }

/// Returns false when there are no newer credentials; puts the reason into `outcome`.
reactor::Task<bool> Client::renewed(Login& login, std::uint64_t refused, Outcome& outcome) {
  // The login may return its last error at once, without a request that would end, and sleeps end at once during
  // shutdown.
  if (cancelled_) {
    outcome.failure = kGivenUp;
    co_return false;
  }
  const auto place = renewing_.insert(&login);
  bool newer = false;
  try {
    newer = co_await login.renew(refused);
  } catch (const Error& error) {
    const bool passing = is_connection_failure(error.kind());
    outcome.failure = Rejection{error.kind(), passing, error.message()};
  }
  renewing_.erase(place);
  co_return newer;
}

/// The slot is held at the server that is requested. A server that hangs behind a redirect therefore holds no slot of
/// the redirecting server. A request without a slot continues without one.
reactor::Task<Outcome> Client::follow_redirects(Address& address, const Request& request, BodySink& sink, Slot& slot) {
  const auto begun = loop_.now();
  bool at_origin = !address.redirected();
  for (int hops = 0;;) {
    const std::string asked = at_origin ? address.given() : address.current();
    Host& host = host_at(address, asked);
    const bool elsewhere = slot.host() && slot.host() != &host;
    if (elsewhere) {
      co_await slot.move_to(host);
    }
    Outcome outcome = co_await ask(address, at_origin, request, sink, host, begun);
    if (is_redirect(outcome.head.status) && outcome.failure) {
      const bool too_long = ++hops > kMostRedirects || loop_.now() - begun > options_.retry_deadline;
      outcome.failure =
          too_long ? of_fault(Fault::redirect_too_often) : redirect(address, asked, request, outcome.head);
      if (outcome.failure) co_return outcome;
      at_origin = false;
      continue;
    }
    if (!outcome.failure || outcome.failure->kind == ErrorKind::cancelled) co_return outcome;
    // The redirect target may have expired: request the original address again, unless another request has learned a
    // new target. Other requests use the old target until then, so that a busy mount does not send all its requests to
    // the origin.
    if (at_origin || hops > 0 || outcome.body.value > 0) co_return outcome;
    at_origin = asked == address.current();
    ++hops;
    failures_.retrying(address.origin(), *outcome.failure,
                       fmt::format("{}: the redirect target fails ({}); retrying the original address", address.shown(),
                                   outcome.failure->reason));
  }
}

reactor::Task<Client::Document> Client::fetch_document(Address& address, Request request) {
  Retries retries(*this, address, request);
  if (!request.time_limit) request.time_limit = kLongestDocument;
  ProgressCredit& progress =
      documents_.try_emplace(address.origin(), options_.retry_deadline, options_.minimum_rate).first->second;
  Document document;
  for (;;) {
    Collect collect(loop_, document.body, progress);
    Outcome outcome = co_await follow_in_turn(address, request, collect);
    if (!outcome.failure) {
      document.url = address.current();
      document.head = std::move(outcome.head);
      co_return document;
    }
    document.body = Body();
    const auto delay = retries.after(outcome);
    co_await loop_.sleep(delay);
  }
}

ProgressCredit::Time Client::documents_extend_until(const std::string& origin) const {
  const auto found = documents_.find(origin);
  return found == documents_.end() ? ProgressCredit::Time{} : found->second.until();
}

/// Sends the request once, to the given address or to its redirect target. Its time runs from `begun`.
reactor::Task<Outcome> Client::ask(const Address& address, bool at_origin, const Request& request, BodySink& sink,
                                   Host& host, reactor::EventLoop::Clock::time_point begun) {
  Exchange exchange(loop_, address, at_origin, options_, request, sink, host, begun);
  if (exchange.given_up() || (cancelled_ && !request.during_shutdown)) {
    exchange.finish(kGivenUp, {});
  } else {
    transport_.start(exchange);
  }
  auto ended = exchange.ended();
  co_await ended;
  Outcome outcome = exchange.outcome();
  outcome.saw_credentials = exchange.may_send_credentials();
  co_return outcome;
}

/// Posted, because libcurl may be active, and then no handle may be removed from it.
void Client::cancel(Progress& progress) {
  progress.give_up(loop_.now());
  loop_.post([this] { transport_.end_given_up(); });
}

/// Posted, because the callback may start a request while libcurl is active. One post serves all requests that end
/// until then.
void Client::post_free_slot() {
  if (std::exchange(free_slot_posted_, true)) return;
  loop_.post([this] {
    free_slot_posted_ = false;
    if (on_free_slot_) on_free_slot_();
  });
}

void Client::cancel_all() {
  cancelled_ = true;
  for (Login* login : renewing_) login->cancel();
  transport_.cancel_all();
}

}  // namespace rimfs::http
