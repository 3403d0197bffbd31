// SPDX-License-Identifier: MIT
#include "http/client.h"

#include <fmt/format.h>

#include <utility>

#include "http/url.h"

namespace rimfs::http {
namespace {

/// The limit of remembered servers, because redirects can add any number of them; an object store has a few dozen
/// names.
constexpr std::size_t kMostRedirectTargets = 1000;

/// The time limit of a document, even above the minimum rate: 100,000 names at 50 KB/s.
constexpr std::chrono::minutes kLongestDocument{5};

/// The replies that are looked at after a change, and the time for each.
constexpr unsigned kRepliesToExplain = 3;
constexpr std::chrono::seconds kLongestExplanation{1};

/// True when the refusal of a range may be due to If-Range alone. Some servers answer the header with the whole file
/// although the tag is the file's own, because only some of their replies contain it or because they compare it with
/// another value; others take it for a precondition or an error.
bool may_misunderstand_if_range(const Outcome& outcome, const Identity& expected) {
  const ReplyHead& head = outcome.head;
  if (!outcome.failure || outcome.failure->kind == ErrorKind::cancelled) return false;
  if (!outcome.body.is_zero()) return false;  // a sink that has bytes takes no second reply
  // nginx with slices closes the connection without a reply when a slice has another tag.
  if (head.status == 0 && outcome.lost && outcome.failure->kind == ErrorKind::unreachable) return true;
  if (head.status == 400 || head.status == 412) return true;
  if (head.status == 416) return outcome.failure->kind != ErrorKind::changed;
  const ByteCount size{head.content_length.value_or(expected.size.value)};
  return head.status == 200 && !head.is_page() && expected.same_file({size, head.etag, head.last_modified});
}

/// The identity of the file in the head of a reply to a range request.
Identity described(const Resource& resource, const ReplyHead& head) {
  return {resource.identity()->size, head.etag, head.last_modified, {}, head.coding()};
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
  const std::shared_ptr<const Identity> identity = resource.identity();
  if (identity->only_whole) {
    Outcome outcome = co_await read_whole_file(resource, range, sink, progress, slot);
    co_return outcome;
  }
  RangeForm form{range, own_connection, std::nullopt, false, std::nullopt};
  // If-Range requests the range only if the file carries this tag, and the whole file otherwise (RFC 9110, section
  // 13.1.5). If-Match would also work, but a server's login page answers 412 to it, as a changed file does. Replies
  // without If-Range are checked in the same way.
  Host& asked = resource.host();  // a redirect may lead to another one
  if (identity->has_strong_etag() && asked.if_range().next_carries()) form.if_range = identity->etag;
  Outcome outcome = co_await request_range(resource, form, sink, progress, slot);
  if (form.if_range && may_misunderstand_if_range(outcome, *identity)) {
    const bool answered = outcome.head.status != 0;  // otherwise the connection may have failed for itself
    form.if_range.reset();
    outcome = co_await request_range(resource, form, sink, progress, slot);
    if (!outcome.failure && answered) asked.if_range().misunderstood();
  } else if (form.if_range && !outcome.failure) {
    asked.if_range().understood();
  }
  if (!outcome.failure) resource.host().reply_limit().replied(range.size(), outcome.body);
  if (outcome.failure && outcome.failure->kind == ErrorKind::changed && resource.begin_to_explain_change()) {
    co_await explain_change(resource, range, *outcome.failure, slot);
  }
  co_return outcome;
}

/// Asks again whether the version is there, over other connections. Servers behind one address that describe a file
/// differently take turns; a file that was replaced does not come back.
reactor::Task<> Client::explain_change(Resource& resource, ByteRange range, Rejection& change, Slot& slot) {
  const RangeForm form{{range.begin, range.begin + ByteCount{1}}, false, std::nullopt, true, kLongestExplanation};
  for (unsigned asked = 0; asked < kRepliesToExplain; ++asked) {
    DiscardedBody discarded;
    Progress progress;
    const Outcome again = co_await request_range(resource, form, discarded, progress, slot);
    if (again.failure) continue;
    change.reason +=
        "; a later reply had the earlier version again, so servers behind this address describe the file differently: "
        "if it is the same file, mount it with --same-file size-and-time or size";
    co_return;
  }
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
  request.new_connection = form.new_connection;
  request.time_limit = form.time_limit;
  if (form.if_range) request.headers.push_back("If-Range: " + *form.if_range);
  Outcome outcome = co_await follow(address, request, sink, slot);
  host_of(resource);  // a redirect may have been learned
  co_return outcome;
}

reactor::Task<Client::Document> Client::fetch_document(Address& address, Request request) {
  Retries retries(*this, address, request);
  if (!request.time_limit) request.time_limit = kLongestDocument;
  request.decoded = true;
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

/// Posted, because libcurl may be active, and then no handle may be removed from it.
void Client::cancel(Progress& progress) {
  progress.give_up(loop_.now());
  loop_.post([this] {
    transport_.end_given_up();
    wake_readers();
  });
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
  wake_readers();
}

}  // namespace rimfs::http
