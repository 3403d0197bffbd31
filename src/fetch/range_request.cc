// SPDX-License-Identifier: MIT
#include "fetch/range_request.h"

#include <fmt/format.h>

#include <utility>

#include "http/backoff.h"

namespace rimfs::fetch {
namespace {

/// How soon a request whose next attempt is due looks again for memory, when all of it is in use.
constexpr std::chrono::milliseconds kMemoryPause{20};

}  // namespace

RangeRequest::RangeRequest(RequestTools& tools, WantedRange wanted, std::vector<cache::BlockRef> blocks,
                           const http::ProgressCredit& credit, std::function<void()> landed)
    : tools_(tools),
      wanted_(std::move(wanted)),
      file_(*wanted_.file),
      landed_(std::move(landed)),
      counted_for_(&file_.resource().host()),
      counted_(blocks.size()),
      landing_(file_, wanted_.range, std::move(blocks), tools.cache,
               [this](cache::BlockKey key, const cache::BlockRef& block, ChunkMask chunks) {
                 const bool awaited = tools_.coverage.complete(key, block, chunks);
                 landed_();
                 return awaited;
               }),
      credit_(credit) {}

void RangeRequest::abandon() {
  abandoned_ = true;
  tools_.hedging.abandon(landing_);
}

void RangeRequest::release_count() { tools_.memory.give_back(*counted_for_, std::exchange(counted_, 0)); }

Error RangeRequest::no_read_waits() const {
  return {ErrorKind::timed_out, fmt::format("{}: no read waits for this range any more", file_.resource().shown_url())};
}

reactor::Task<std::optional<Error>> RangeRequest::run() {
  http::Slot slot(file_.resource().host());
  const http::Options& options = tools_.client.options();
  http::Backoff backoff(std::chrono::duration_cast<http::RetryPolicy::Duration>(options.retry_deadline),
                        tools_.client.jitter());
  for (;;) {
    const bool has_slot = slot.host() != nullptr;
    if (!has_slot) {
      co_await slot.move_to(file_.resource().host());
    }
    const std::size_t asked = file_.resource().mirrors().current(tools_.loop.now());
    http::Outcome outcome = co_await tools_.hedging.get(file_, landing_, slot);
    if (!outcome.failure) {
      file_.checked_at(tools_.loop.now());
      if (rest().empty()) co_return std::nullopt;
      continue;  // a second request delivered a part of what the first one left
    }
    tools_.counters.add("network.failed-attempts");
    last_failure_ = outcome.failure;
    const http::Rejection& failure = *outcome.failure;
    backoff.progressed(outcome.body);
    if (rest().empty()) co_return std::nullopt;
    if (abandoned_ && failure.kind != ErrorKind::changed) co_return no_read_waits();
    if (!tools_.closing && switch_to_mirror(asked, failure)) continue;
    auto delay = backoff.after(failure, outcome.head.retry_after, tools_.loop.now());
    if (tools_.closing) delay.reset();
    std::optional<Error> error = note_failure(failure, backoff.attempt(), delay.has_value());
    if (error) co_return error;
    co_await back_off(*delay, slot);
    if (abandoned_) co_return no_read_waits();
  }
}

/// Logs the failure of an attempt. Returns the error to end with, when it is the last attempt.
std::optional<Error> RangeRequest::note_failure(const http::Rejection& failure, unsigned attempt, bool repeated) {
  const http::Resource& resource = file_.resource();
  const std::string story =
      fmt::format("{}: bytes {}: attempt {}: {}{}", resource.shown_url(), http::range_value(file_.in_resource(rest())),
                  attempt, failure.reason, repeated ? "; retrying" : "");
  const std::string& server = resource.host().origin();
  if (failure.kind == ErrorKind::changed) file_.mark_changed();
  if (repeated) {
    const char* const ahead = wanted_.urgency == Urgency::demand ? "" : " (ahead of the reader)";
    tools_.client.failures().retrying(server, failure, story + ahead);
    return std::nullopt;
  }
  if (failure.kind != ErrorKind::cancelled) tools_.client.failures().ended(server, failure, story);
  const bool too_late = failure.retry && failure.kind == ErrorKind::unreachable;
  return Error(too_late ? ErrorKind::timed_out : failure.kind, story);
}

/// Waits before the next attempt, without a slot, and without the memory in which nothing has landed.
reactor::Task<> RangeRequest::back_off(std::chrono::milliseconds delay, http::Slot& slot) {
  sleeping_ = true;
  release_memory();
  slot.release();
  co_await tools_.loop.sleep(delay);
  sleeping_ = false;
  if (abandoned_) abandoned_ = !tools_.coverage.is_awaited(file_, rest());  // a new read may wait for it now
  if (abandoned_) co_return;
  for (;;) {
    co_await slot.move_to(file_.resource().host());
    if (tools_.closing || take_memory()) co_return;
    slot.release();
    co_await tools_.loop.sleep(kMemoryPause);
  }
}

void RangeRequest::release_memory() {
  landing_.release_untouched([&](BlockIndex block, const cache::BlockRef&) {
    tools_.coverage.release_memory(file_.key_of(block));
    tools_.memory.give_back(*counted_for_, 1);
    --counted_;
  });
}

/// Takes memory that counts for the server that is requested now, which may be a mirror. False when there is not
/// enough.
bool RangeRequest::take_memory() {
  const http::Host& server = file_.resource().host();
  tools_.memory.move(*std::exchange(counted_for_, &server), server, counted_);
  const auto take = [&](BlockIndex block) {
    cache::BlockRef ref = tools_.memory.take(file_, block, server);
    if (!ref) return ref;
    ++counted_;
    tools_.coverage.hold_memory(file_.key_of(block), ref);
    return ref;
  };
  if (landing_.take_again(take)) return true;
  release_memory();
  return false;
}

/// Switches to another address of the file after a failure. True when that one should be requested at once.
bool RangeRequest::switch_to_mirror(std::size_t asked, const http::Rejection& failure) {
  if (failure.kind == ErrorKind::cancelled) return false;
  http::Resource& resource = file_.resource();
  const bool other_file = failure.kind == ErrorKind::changed;
  const auto now = tools_.loop.now();
  const bool turn = other_file ? resource.mirrors().refuse(asked, now) : resource.mirrors().failed(asked, now);
  if (!turn) return false;
  tools_.client.failures().ended(
      resource.host().origin(), failure,
      fmt::format("{}: {}; {}", resource.shown_url(), failure.reason,
                  other_file ? "this mirror is not asked again for 10 minutes, or until an open finds that it fits"
                             : "trying a mirror"));
  tools_.client.host_of(resource);  // sets the host of the new address
  return true;
}

}  // namespace rimfs::fetch
