// SPDX-License-Identifier: MIT
// Which range is requested next.
//
// Four kinds of work want connections and memory, in this order:
//   1. demand: a reader waits. In order of arrival.
//   2. ranges ahead of readers that read in order. Files and streams take turns.
//   3. whole images that are to be kept on disk.
// and hedged requests, which have the urgency of what they hedge and go before it.
//
// Room is each server's own: free slots, and the memory that its requests may have. So what waits for one server is
// passed over by what is queued for another.
//
// A request that serves a stream is large: it takes as long to arrive as many delays of the path, or a connection would
// spend its time waiting for first bytes. Demand of a stream is therefore the head of the stream's next range; with
// requests of one read each, three readers in order would fill all connections with small requests for good, because
// demand goes first and each of them makes the next read wait again.
//
// Reads that nothing foresaw pay for large requests: all connections may be busy for seconds. After one had to wait,
// speculation leaves a connection free for a while.
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

/// Decides which range to request next, and how much of it. Values in, one decision out: no clock, no I/O; it reads the
/// state of hosts and memory and changes nothing but its own queues. One thread.
class Schedule {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// A request that is under way. A value.
  struct InProgress {
    const RemoteFile* file;
    ByteCount rest;           ///< Still to come.
    bool sleeping = false;    ///< It waits to be repeated.
    bool background = false;  ///< Of the lowest urgency.
  };
  /// What a decision depends on beside what is queued. A value.
  struct State {
    Time now;
    std::vector<InProgress> requests;
  };

  /// `budget`: what may be asked for ahead of all readers together. `blocks`: the memory cache's. `memory` outlives it.
  Schedule(ByteCount budget, ByteCount block_size, std::size_t blocks, const BlockMemory& memory)
      : budget_(budget), block_size_(block_size), blocks_(blocks), memory_(memory) {}

  // ---- What is wanted.

  /// A reader waits for it.
  void want(WantedRange demanded) { queue_.push_demand(std::move(demanded)); }
  /// It lies ahead of a reader who reads in order. False when so much is queued for its server that it is dropped.
  bool want_ahead(const std::shared_ptr<RemoteFile>& file, ByteRange range, readahead::Split split);
  /// Goes before everything else ahead of readers, or, if demanded, before everything.
  void want_first(WantedRange wanted) { queue_.push_front(std::move(wanted)); }
  /// So many bytes were wanted that a connection to the file's server stays free until they are under way: they come
  /// before a reader who opens an image.
  void keep_one_free_for(const RemoteFile& file, ByteCount bytes);
  /// A read that belongs to no stream came while a connection is kept free, or still waits.
  void note_random_access(const RemoteFile& file, Time now);
  /// How much may still be wanted ahead of readers at this server.
  ByteCount left_of_budget(const http::Host& server) const { return budget_ - queue_.speculation_bytes(server); }
  void clear() { queue_.clear(); }

  // ---- Decisions.

  /// The next demand that there is room for.
  std::optional<WantedRange> next_demand(const State& state);
  /// The next range ahead of readers that there is room for.
  std::optional<WantedRange> next_ahead(const State& state);
  /// How large a request for a whole image may be now; zero: none, its server has more urgent work.
  ByteCount background_room(const RemoteFile& file, const State& state) const;
  /// True when one more request for this file may be sent. `demanded`: a reader waits for it.
  bool has_room(const RemoteFile& file, bool demanded, const State& state) const;
  /// Demand that still waits after all decisions keeps a connection free from now on, if it belongs to no stream.
  void note_waiting(Time now);

 private:
  /// A connection stays free for demand, while speculation asks for so much, and until then.
  struct KeptFree {
    ByteCount bytes;  // counts down
    Time until{};
  };
  ByteCount room_for_demand(const RemoteFile& file) const;
  ByteCount room_ahead(const RemoteFile& file, const State& state) const;
  ByteCount range_size(const RemoteFile& file, Offset at, const readahead::Split& split, const State& state) const;

  // Constant after construction.
  const ByteCount budget_;
  const ByteCount block_size_;
  const std::size_t blocks_;
  const BlockMemory& memory_;

  RangeQueue queue_;
  std::unordered_map<const http::Host*, KeptFree> kept_free_;  // as many as there are hosts
};

}  // namespace rimfs::fetch
