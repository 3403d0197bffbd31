// SPDX-License-Identifier: MIT
// Decides which range is requested next.
//
// Work competes for connections and memory in this order of urgency:
//   1. demand: a reader waits for it. Served in order of arrival.
//   2. ranges ahead of sequential readers. Files and streams take turns.
//   3. background: whole images that are kept on disk.
// A hedged request has the urgency of the request that it hedges, and goes before other work of that urgency.
//
// Room is counted for each server separately: free slots, and the share of memory that its requests may use. So work
// that waits for one server does not block work that is queued for another.
//
// Requests for a stream are large: the transfer takes many times the delay of the path. Otherwise a connection would
// spend its time waiting for first bytes. Demand of a stream is therefore the head of the stream's next range. With one
// small request a read, three sequential readers would keep all connections busy with small requests for good: demand
// goes first, and each small request makes the next read wait again.
//
// Random reads, which no readahead covers, pay for large requests: all connections may be busy for seconds. After such
// a read had to wait, speculation leaves one connection free for a while.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/byte_range.h"
#include "fetch/block_memory.h"
#include "fetch/range_queue.h"
#include "fetch/remote_file.h"

namespace rimfs::fetch {

/// Decides which range to request next, and how much of it. Values in, one decision out: no clock, no I/O. It reads the
/// state of hosts and memory and changes only its own queues. One thread.
class Schedule {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// A request in progress. A value.
  struct InProgress {
    const RemoteFile* file;
    ByteCount rest;           ///< The bytes still to come.
    bool sleeping = false;    ///< The request waits for its next attempt.
    bool background = false;  ///< The request has the lowest urgency.
  };
  /// What a decision depends on besides the queues. A value.
  struct State {
    Time now;
    std::vector<InProgress> requests;
  };

  /// The sizes of the memory cache. A value.
  struct CacheSizes {
    ByteCount block;
    ByteCount chunk;     ///< Ranges begin and end at chunks.
    std::size_t blocks;  ///< The number of blocks.
  };

  /// `budget`: the most bytes that may be queued ahead of all readers together. `memory` outlives it.
  Schedule(ByteCount budget, CacheSizes cache, const BlockMemory& memory)
      : budget_(budget), cache_(cache), memory_(memory) {}

  // ---- Wanted ranges.

  /// Queues a range that a reader waits for.
  void want(WantedRange demanded) { queue_.push_demand(std::move(demanded)); }
  /// Queues a range ahead of a sequential reader. False when so much is queued for its server that the range is
  /// dropped.
  bool want_ahead(const std::shared_ptr<RemoteFile>& file, ByteRange range, readahead::Split split);
  /// Queues a range in front of all other speculation, or, if it is demanded, in front of everything.
  void want_first(WantedRange wanted) { queue_.push_front(std::move(wanted)); }
  /// Keeps one connection to the file's server free until this many more bytes of speculation have been requested. They
  /// come before the reads of a reader that opens an image.
  void reserve_slot(const RemoteFile& file, ByteCount bytes);
  /// A random read arrived. Extends the time in which a connection is kept free, if it has not passed.
  void note_random_access(const RemoteFile& file, Time now);
  /// How many more bytes may be queued ahead of readers at this server.
  ByteCount left_of_budget(const http::Host& server) const { return budget_ - queue_.speculation_bytes(server); }
  void clear() { queue_.clear(); }

  // ---- Decisions.

  /// The next demand that may be requested.
  std::optional<WantedRange> next_demand(const State& state);
  /// The next range ahead of readers that may be requested.
  std::optional<WantedRange> next_ahead(const State& state);
  /// How large a background request for a whole image may be now. Zero when none may start, because the server has more
  /// urgent work.
  ByteCount background_allowance(const RemoteFile& file, const State& state) const;
  /// True when one more request for this file may start. `demanded`: a reader waits for it.
  bool has_free_slot(const RemoteFile& file, bool demanded, const State& state) const;
  /// Called after all decisions. Random reads that still wait make speculation keep one connection free from now on.
  void note_waiting(Time now);

 private:
  /// One connection stays free for demand while `bytes` is not zero, and until `until`.
  struct ReservedSlot {
    ByteCount bytes;  // counts down with each request for speculation
    Time until{};
  };
  ByteCount demand_allowance(const RemoteFile& file) const;
  ByteCount limited(const RemoteFile& file, ByteCount size) const;
  ByteCount speculation_allowance(const RemoteFile& file, const State& state) const;
  ByteCount range_size(const RemoteFile& file, Offset at, const readahead::Split& split, const State& state) const;

  // Constant after construction.
  const ByteCount budget_;
  const CacheSizes cache_;
  const BlockMemory& memory_;

  RangeQueue queue_;
  std::unordered_map<const http::Host*, ReservedSlot> reserved_slots_;  // grows with the number of hosts only
};

}  // namespace rimfs::fetch
