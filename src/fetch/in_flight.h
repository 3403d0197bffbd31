// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "base/chunks.h"
#include "cache/block_cache.h"
#include "fetch/read.h"

namespace rimfs::fetch {

/// Which chunks are in flight, and which reads wait for which (single flight). A chunk that is in flight is never
/// requested again. A read is answered as soon as its own chunks are present. Reactor only.
class InFlight {
 public:
  /// Queues `read` for the chunks `needed` of the block.
  void wait(cache::BlockKey key, cache::BlockRef block, ChunkMask needed, std::shared_ptr<Read> read);
  /// The chunks of the block that are in flight.
  ChunkMask chunks(cache::BlockKey key) const;
  /// True while an unanswered read waits for the block.
  bool is_awaited(cache::BlockKey key) const;
  /// Marks the chunks as in flight into the memory of `block`.
  void begin(cache::BlockKey key, const cache::BlockRef& block, ChunkMask chunks);
  /// Releases the memory of a block that holds nothing yet, while its chunks stay in flight; hold() sets it again.
  void release(cache::BlockKey key);
  void hold(cache::BlockKey key, const cache::BlockRef& block);
  /// The chunks are in the block's memory and marked present. Answers the reads that waited for nothing else.
  void complete(cache::BlockKey key, const cache::BlockRef& block, ChunkMask chunks);
  /// Drops the reads that have been answered, so that nothing is requested for them.
  void forget_answered(cache::BlockKey key);
  /// The request for the chunks has ended without them: they are no longer in flight, and their reads stay queued. True
  /// when there are any.
  bool abandon(cache::BlockKey key, ChunkMask chunks);
  /// The chunks will not arrive. Fails every read that waits for one of them. Returns the ranges of those that were
  /// demanded.
  std::vector<ByteRange> fail(cache::BlockKey key, ChunkMask chunks, const Error& error);
  void fail_all(const Error& error);

  bool empty() const { return blocks_.empty(); }

 private:
  struct Waiter {
    ChunkMask needed;
    std::shared_ptr<Read> read;
  };
  struct Entry {
    cache::BlockRef block;  // keeps the present chunks in memory
    ChunkMask chunks = 0;   // the chunks in flight
    std::vector<Waiter> waiters;

    bool is_awaited() const;
  };
  static std::uint64_t packed(cache::BlockKey key) { return std::uint64_t{key.file} << 32 | key.block; }
  void erase_if_idle(std::uint64_t key);

  std::unordered_map<std::uint64_t, Entry> blocks_;
};

}  // namespace rimfs::fetch
