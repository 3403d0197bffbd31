// SPDX-License-Identifier: MIT
#include "fetch/schedule.h"

#include <algorithm>

#include "fetch/network_path.h"

namespace rimfs::fetch {
namespace {

/// After a random read had to wait for a connection, speculation leaves one free for this long, because such reads
/// seldom come alone. Reads of a stream do not count: otherwise a copy would lose one connection, which is a quarter of
/// four.
constexpr std::chrono::seconds kReserveFor{3};
/// Streams keep to their parts of the budget, but a new stream makes the parts smaller while the others still have more
/// queued. A range that is dropped here leaves a hole that the reader has to wait for, so dropping is the last resort.
constexpr std::uint64_t kQueuedBudgets = 2;

}  // namespace

bool Schedule::want_ahead(const std::shared_ptr<RemoteFile>& file, ByteRange range, readahead::Split split) {
  // Counted for this server only: ranges that wait for a slow or unreachable server do not stop the readahead of other
  // servers' readers.
  const ByteCount queued = queue_.speculation_bytes(file->resource().host());
  if (queued + range.size() > budget_ * kQueuedBudgets) return false;
  queue_.push_speculation(file, range, split);
  return true;
}

void Schedule::reserve_slot(const RemoteFile& file, ByteCount bytes) {
  ReservedSlot& kept = reserved_slots_[&file.resource().host()];
  kept.bytes = std::max(kept.bytes, bytes);
}

void Schedule::note_random_access(const RemoteFile& file, Time now) {
  const auto kept = reserved_slots_.find(&file.resource().host());
  if (kept != reserved_slots_.end() && now < kept->second.until) kept->second.until = now + kReserveFor;
}

void Schedule::note_waiting(Time now) {
  for (const WantedRange& waiting : queue_.demand()) {
    if (waiting.random_access) reserved_slots_[&waiting.file->resource().host()].until = now + kReserveFor;
  }
}

/// A demanded range that is longer than the server's longest reply is requested in parts, side by side.
std::optional<WantedRange> Schedule::next_demand(const State& state) {
  std::optional<WantedRange> next =
      queue_.pop_demand([this](const RemoteFile& file) { return demand_allowance(file); },
                        [&](const RemoteFile& file, Offset at, const readahead::Split& split) {
                          return range_size(file, at, split, state);
                        });
  if (!next) return next;
  const ByteCount most = limited(*next->file, next->range.size());
  if (most == next->range.size()) return next;
  WantedRange later = *next;
  next->range.end = later.range.begin = next->range.begin + most;
  queue_.push_front(std::move(later));
  return next;
}

std::optional<WantedRange> Schedule::next_ahead(const State& state) {
  std::optional<WantedRange> next =
      queue_.pop_speculation([&](const RemoteFile& file) { return speculation_allowance(file, state); },
                             [&](const RemoteFile& file, Offset at, const readahead::Split& split) {
                               return range_size(file, at, split, state);
                             });
  if (!next) return next;
  const auto kept = reserved_slots_.find(&next->file->resource().host());
  if (kept != reserved_slots_.end()) kept->second.bytes -= next->range.size();
  return next;
}

bool Schedule::has_free_slot(const RemoteFile& file, bool demanded, const State& state) const {
  return !(demanded ? demand_allowance(file) : speculation_allowance(file, state)).is_zero();
}

ByteCount Schedule::demand_allowance(const RemoteFile& file) const {
  const http::Host& host = file.resource().host();
  if (!host.has_free_slot() || !memory_.has_free_blocks(host)) return {};
  return limited(file, readahead::efficient_range(network_path_of(file)));
}

/// As much of `size` as the server sends in one reply, in whole chunks.
ByteCount Schedule::limited(const RemoteFile& file, ByteCount size) const {
  const std::optional<ByteCount> longest = file.resource().host().reply_limit().longest();
  if (!longest) return size;
  return std::min(size, std::max(cache_.chunk, *longest / cache_.chunk.value * cache_.chunk.value));
}

/// Requests that wait for their next attempt hold no slot. No speculation starts while they and the running requests
/// are as many as the server may get.
ByteCount Schedule::speculation_allowance(const RemoteFile& file, const State& state) const {
  const http::Host& host = file.resource().host();
  const http::Concurrency& concurrency = host.concurrency();
  const auto sleeping = std::count_if(state.requests.begin(), state.requests.end(), [&](const InProgress& one) {
    return one.sleeping && &one.file->resource().host() == &host;
  });
  if (sleeping > 0 && concurrency.running() + static_cast<unsigned>(sleeping) >= concurrency.allowed()) return {};
  const auto kept = reserved_slots_.find(&host);
  const bool one_free =
      kept != reserved_slots_.end() && (!kept->second.bytes.is_zero() || state.now < kept->second.until);
  if (one_free && concurrency.allowed() > 1 && !host.has_free_slot(2)) return {};
  return demand_allowance(file);
}

/// A quarter of the connections stays free for other requests. Background requests in progress use a quarter of the
/// memory at most; BackgroundFill bounds the blocks that wait for the disk.
ByteCount Schedule::background_allowance(const RemoteFile& file, const State& state) const {
  const http::Host& host = file.resource().host();
  if (queue_.has_work_for(host)) return {};
  const ByteCount memory = cache_.block * std::max<std::uint64_t>(1, cache_.blocks / 4);
  const ByteCount allowance = std::min(speculation_allowance(file, state), memory);
  unsigned running = 0, here = 0;
  for (const InProgress& one : state.requests) {
    if (!one.background) continue;
    ++running;
    if (&one.file->resource().host() == &host) ++here;
  }
  if (running > 0 && allowance * (running + 1) > memory) return {};
  return here < std::max(1u, host.concurrency().allowed() * 3 / 4) ? allowance : ByteCount{};
}

/// The size of a request that begins at `at` and lies ahead of a reader.
ByteCount Schedule::range_size(const RemoteFile& file, Offset at, const readahead::Split& split,
                               const State& state) const {
  readahead::Remaining rest{.unrequested = file.whole().end - at, .in_flight = {}};
  for (const InProgress& one : state.requests) {
    if (one.file != &file) continue;
    rest.in_flight += one.rest;
    ++rest.connections;
  }
  // Connections that are free now will be used for this file as well.
  const http::Concurrency& concurrency = file.resource().host().concurrency();
  if (concurrency.running() + 1 < concurrency.allowed()) {
    rest.connections += concurrency.allowed() - concurrency.running() - 1;
  }
  return limited(file, readahead::next_range(split, rest, network_path_of(file)));
}

}  // namespace rimfs::fetch
