// SPDX-License-Identifier: MIT
// A range request from its start to its end: asked for until it is there or must be given up.
#include <fmt/format.h>

#include "fetch/fetcher.h"

namespace rimfs::fetch {

reactor::Task<> Fetcher::run(WantedRange wanted, std::vector<cache::BlockRef> blocks) {
  const std::shared_ptr<RemoteFile>& file = wanted.file;
  http::Host& host = file->resource().host();
  host.concurrency().start();
  ++counters_.active;
  Landing::Landed landed = [this](cache::BlockKey key, const cache::BlockRef& block, ChunkMask chunks) {
    flights_.land(key, block, chunks);
    return flights_.awaited(key);
  };
  Landing landing(*file, wanted.range, std::move(blocks), cache_, std::move(landed));
  const auto place = running_.insert(running_.end(), {file.get(), &landing});
  const std::optional<Error> error = co_await fetch_all(*file, landing, wanted.urgency);
  running_.erase(place);
  if (error) {
    give_up(*file, landing.rest(), *error);
  } else {
    ++counters_.requests;
  }
  if (file->store()) store_blocks(wanted, landing.blocks());
  if (!error && wanted.urgency == Urgency::speculation) keep_until_read(landing.blocks());
  landing.blocks().clear();
  host.end();
  --counters_.active;
  if (wanted.urgency == Urgency::background) background_ended(wanted, error);
  pump();
}

/// Asks until everything has landed; an error when it will not.
reactor::Task<std::optional<Error>> Fetcher::fetch_all(RemoteFile& file, Landing& landing, Urgency urgency) {
  http::Backoff backoff(std::chrono::duration_cast<http::RetryPolicy::Duration>(client_.options().retry_deadline));
  const std::string& url = file.resource().shown_url();
  for (;;) {
    const std::size_t asked = file.resource().mirrors().current(loop_.now());
    http::Outcome outcome = co_await hedging_.get(file, landing);
    if (!outcome.failure) {
      file.checked_at(loop_.now());
      if (landing.rest().empty()) co_return std::nullopt;
      continue;  // a second request brought a part of what the first one left
    }
    ++counters_.failures;
    const http::Rejection& failure = *outcome.failure;
    backoff.progressed(outcome.body);
    if (landing.rest().empty()) co_return std::nullopt;
    if (!closed_ && turn_to_mirror(file, asked, failure)) continue;
    const auto delay = closed_ ? std::nullopt : backoff.after(failure, outcome.head.retry_after, loop_.now());
    const std::string story =
        fmt::format("{}: bytes {}: attempt {}: {}{}", url, http::range_value(file.in_resource(landing.rest())),
                    backoff.attempt(), failure.reason, delay ? "; asking again" : "");
    if (failure.kind == ErrorKind::changed) file.mark_changed();
    if (!delay) {
      if (failure.kind != ErrorKind::cancelled) log_.warning("{}", story);
      const bool too_late = failure.retry && failure.kind == ErrorKind::unreachable;
      co_return Error(too_late ? ErrorKind::timed_out : failure.kind, story);
    }
    log_.info("{}{}", story, urgency == Urgency::demand ? "" : " (ahead of the reader)");
    http::Host& host = file.resource().host();
    host.end();  // others may ask this server meanwhile
    pump();
    co_await loop_.sleep(*delay);
    co_await host.start_in_turn();
  }
}

/// True when another address of the file should be asked at once instead of this one again.
bool Fetcher::turn_to_mirror(RemoteFile& file, std::size_t asked, const http::Rejection& failure) {
  if (failure.kind == ErrorKind::cancelled) return false;
  http::Mirrors& mirrors = file.resource().mirrors();
  const bool other_file = failure.kind == ErrorKind::changed;
  const bool turn = other_file ? mirrors.refuse(asked) : mirrors.failed(asked, loop_.now());
  if (turn) {
    log_.warning("{}: {}; {}", file.resource().shown_url(), failure.reason,
                 other_file ? "this mirror is not asked again" : "asking a mirror");
  }
  return turn;
}

}  // namespace rimfs::fetch
