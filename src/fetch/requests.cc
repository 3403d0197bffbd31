// SPDX-License-Identifier: MIT
// A range request from its start to its end: asked for until it is there or must be given up.
#include <fmt/format.h>

#include "fetch/fetcher.h"

namespace rimfs::fetch {
namespace {

/// How soon a request that may be repeated looks again for memory, when all of it is in use.
constexpr std::chrono::milliseconds kMemoryPause{20};

}  // namespace

reactor::Task<> Fetcher::run(WantedRange wanted, std::vector<cache::BlockRef> blocks) {
  const std::shared_ptr<RemoteFile>& file = wanted.file;
  const bool background = wanted.urgency == Urgency::background;
  Server& server = server_of(*file);
  ++counters_.active;
  if (background) ++background_running_, ++server.background;
  Landing::Landed landed = [this](cache::BlockKey key, const cache::BlockRef& block, ChunkMask chunks) {
    const bool awaited = coverage_.complete(key, block, chunks);
    let_in_soon();
    return awaited;
  };
  const std::size_t held = blocks.size();  // allocate() has counted them
  Landing landing(*file, wanted.range, std::move(blocks), cache_, std::move(landed));
  const auto place = running_.insert(running_.end(), {.file = file.get(),
                                                      .landing = &landing,
                                                      .holder = &file->resource().host(),
                                                      .blocks = held,
                                                      .credit = server.credit,
                                                      .left = wanted.range.size()});
  const std::optional<Error> error = co_await fetch_all(*file, *place, wanted.urgency);
  memory_.give_back(place->holder, place->blocks);
  note_progress(*place);
  const bool abandoned = place->abandoned;
  running_.erase(place);
  if (error && abandoned && !closed_) {
    turn_back(file, landing.rest());
  } else if (error) {
    give_up(*file, landing.rest(), *error);
  } else {
    ++counters_.requests;
  }
  if (file->has_outgrown_store()) {
    co_await renew_store(file);
  }
  if (file->store()) store_blocks(wanted, landing.blocks());
  if (!error && wanted.urgency == Urgency::speculation) keep_until_read(landing.blocks());
  landing.blocks().clear();
  --counters_.active;
  if (background) --background_running_, --server.background;
  if (background && error) background_failed(*file, wanted.range.begin, *error);
  pump();
}

/// Asks until everything has landed; an error when it will not.
reactor::Task<std::optional<Error>> Fetcher::fetch_all(RemoteFile& file, Running& running, Urgency urgency) {
  http::Slot slot(file.resource().host());
  Landing& landing = *running.landing;
  http::Backoff backoff(std::chrono::duration_cast<http::RetryPolicy::Duration>(client_.options().retry_deadline),
                        client_.jitter());
  const DisplayUrl& url = file.resource().shown_url();
  for (;;) {
    const bool has_slot = slot.host() != nullptr;
    if (!has_slot) {
      co_await slot.move_to(file.resource().host());
    }
    const std::size_t asked = file.resource().mirrors().current(loop_.now());
    http::Outcome outcome = co_await hedging_.get(file, landing, slot);
    if (!outcome.failure) {
      file.checked_at(loop_.now());
      if (landing.rest().empty()) co_return std::nullopt;
      continue;  // a second request brought a part of what the first one left
    }
    ++counters_.failures;
    const http::Rejection& failure = *outcome.failure;
    running.last_failure = failure;
    backoff.progressed(outcome.body);
    if (landing.rest().empty()) co_return std::nullopt;
    const bool abandoned = running.abandoned && failure.kind != ErrorKind::changed;
    if (abandoned) co_return Error(ErrorKind::timed_out, fmt::format("{}: nobody waits for it any more", url));
    if (!closed_ && turn_to_mirror(file, asked, failure)) continue;
    const auto delay = closed_ ? std::nullopt : backoff.after(failure, outcome.head.retry_after, loop_.now());
    const std::string story =
        fmt::format("{}: bytes {}: attempt {}: {}{}", url, http::range_value(file.in_resource(landing.rest())),
                    backoff.attempt(), failure.reason, delay ? "; asking again" : "");
    const std::string& server = file.resource().host().origin();
    if (failure.kind == ErrorKind::changed) file.mark_changed();
    if (!delay) {
      if (failure.kind != ErrorKind::cancelled) client_.failures().ended(server, failure, story);
      const bool too_late = failure.retry && failure.kind == ErrorKind::unreachable;
      co_return Error(too_late ? ErrorKind::timed_out : failure.kind, story);
    }
    client_.failures().retrying(server, failure, story + (urgency == Urgency::demand ? "" : " (ahead of the reader)"));
    co_await back_off(file, running, *delay, slot);
    if (running.abandoned) co_return Error(ErrorKind::timed_out, fmt::format("{}: nobody waits for it any more", url));
  }
}

/// Waits before the next attempt. Meanwhile the request holds neither a slot nor memory, so that others, of this server
/// and of every other, can go on.
reactor::Task<> Fetcher::back_off(RemoteFile& file, Running& running, std::chrono::milliseconds delay,
                                  http::Slot& slot) {
  slot.release();
  release_memory(file, running);
  Server& server = server_of(file);
  ++server.sleeping;
  pump();
  co_await loop_.sleep(delay);
  --server.sleeping;
  if (running.abandoned && coverage_.is_awaited(file, running.landing->rest()))
    running.abandoned = false;  // somebody has come
  if (running.abandoned) co_return;
  for (;;) {
    co_await slot.move_to(file.resource().host());
    if (closed_ || take_memory(file, running)) co_return;
    slot.release();
    co_await loop_.sleep(kMemoryPause);
  }
}

void Fetcher::release_memory(const RemoteFile& file, Running& running) {
  running.landing->release_untouched([&](BlockIndex block, const cache::BlockRef&) {
    coverage_.release_memory(file.key_of(block));
    memory_.give_back(running.holder, 1);
    --running.blocks;
  });
}

/// The memory counts for the server that is asked now, which may be a mirror.
bool Fetcher::take_memory(const RemoteFile& file, Running& running) {
  memory_.give_back(running.holder, running.blocks);
  running.holder = &file.resource().host();
  memory_.take(running.holder, running.blocks);
  const auto take = [&](BlockIndex block) {
    cache::BlockRef ref = allocate_one(file, block);
    if (!ref) return ref;
    ++running.blocks;
    coverage_.hold_memory(file.key_of(block), ref);
    return ref;
  };
  if (running.landing->take_again(take)) return true;
  release_memory(file, running);
  return false;
}

/// The rest will not come: whoever waits for it gets the error, and whoever asks again at once, too.
void Fetcher::give_up(RemoteFile& file, ByteRange rest, const Error& error) {
  const std::vector<ByteRange> failed = coverage_.fail(file, rest, error);
  if (error.kind() == ErrorKind::cancelled || error.kind() == ErrorKind::changed) return;
  for (const ByteRange& read : failed) failed_.add(file.id(), read, error, loop_.now());
}

/// True when another address of the file should be asked at once instead of this one again.
bool Fetcher::turn_to_mirror(RemoteFile& file, std::size_t asked, const http::Rejection& failure) {
  if (failure.kind == ErrorKind::cancelled) return false;
  http::Mirrors& mirrors = file.resource().mirrors();
  const bool other_file = failure.kind == ErrorKind::changed;
  const bool turn = other_file ? mirrors.refuse(asked, loop_.now()) : mirrors.failed(asked, loop_.now());
  if (turn) {
    client_.failures().ended(
        file.resource().host().origin(), failure,
        fmt::format("{}: {}; {}", file.resource().shown_url(), failure.reason,
                    other_file ? "this mirror is not asked again for 10 minutes, or until an open finds that it fits"
                               : "asking a mirror"));
    client_.host_of(file.resource());  // which server that is
  }
  return turn;
}

}  // namespace rimfs::fetch
