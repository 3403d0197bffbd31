// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "base/chunks.h"
#include "cache/block_cache.h"
#include "fetch/read.h"

namespace rimfs::fetch {

/// Which chunks are in flight and which reads wait for which: the single flight. A chunk in here is never asked for a
/// second time; a read is answered as soon as its own chunks are there. Reactor only.
class InFlight {
 public:
  /// `read` waits for the chunks `needed` of the block.
  void wait(cache::BlockKey key, cache::BlockRef block, ChunkMask needed, std::shared_ptr<Read> read);
  /// The chunks of the block that are in flight.
  ChunkMask chunks(cache::BlockKey key) const;
  /// True while a read that is not answered waits for the block.
  bool is_awaited(cache::BlockKey key) const;
  /// The chunks are in flight from now on, into the memory of `block`.
  void begin(cache::BlockKey key, const cache::BlockRef& block, ChunkMask chunks);
  /// The block's memory is given up, with nothing in it, while its chunks stay in flight; and taken again.
  void release(cache::BlockKey key);
  void hold(cache::BlockKey key, const cache::BlockRef& block);
  /// The chunks are in the block's memory and marked present: answers the reads that waited for nothing else.
  void complete(cache::BlockKey key, const cache::BlockRef& block, ChunkMask chunks);
  /// Drops reads that were answered meanwhile: nothing is asked for on their behalf.
  void forget_answered(cache::BlockKey key);
  /// The chunks will not come this way: they are no longer in flight, and the reads that wait for them stay. True when
  /// there are any.
  bool abandon(cache::BlockKey key, ChunkMask chunks);
  /// The chunks will not come: fails every read that waits for one of them, and returns the ranges of those that a
  /// reader waited for.
  std::vector<ByteRange> fail(cache::BlockKey key, ChunkMask chunks, const Error& error);
  void fail_all(const Error& error);

  bool empty() const { return blocks_.empty(); }

 private:
  struct Waiter {
    ChunkMask needed;
    std::shared_ptr<Read> read;
  };
  struct Entry {
    cache::BlockRef block;  // keeps what is there already in memory
    ChunkMask chunks = 0;   // in flight
    std::vector<Waiter> waiters;

    bool is_awaited() const;
  };
  static std::uint64_t packed(cache::BlockKey key) { return std::uint64_t{key.file} << 32 | key.block; }
  void erase_if_idle(std::uint64_t key);

  std::unordered_map<std::uint64_t, Entry> blocks_;
};

}  // namespace rimfs::fetch
