// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "base/thread_safety.h"
#include "cache/slot_pool.h"

namespace rimfs::cache {

/// A part of the block cache with its own lock: a hash table and the queues of S3-FIFO ("FIFO queues are all you need
/// for cache eviction", Yang et al., SOSP 2023). New blocks enter a small queue; a block used again there moves to the
/// main queue. A block that leaves the small queue unused is remembered for a while by its fingerprint and enters the
/// main queue when it returns. A single scan passes only through the small queue. Any thread.
class Shard {
 public:
  /// `expected` is the number of blocks for which the tables are sized. `pool` outlives the shard.
  Shard(SlotPool& pool, std::size_t expected);

  /// Returns the block of `key`; empty when absent. Counts a use if `count`.
  BlockRef find(BlockKey key, std::uint64_t hash, bool count);
  /// Inserts an unheld slot for `key`. If another thread has inserted the key meanwhile, returns that block and gives
  /// `slot` back to the pool.
  BlockRef insert(BlockKey key, std::uint64_t hash, std::uint32_t slot);
  /// Removes the least valuable unheld block from the cache and returns its slot; kNoSlot when every block is held.
  std::uint32_t evict();
  void drop(BlockKey key, std::uint64_t hash);
  void drop_file(std::uint32_t file);
  std::size_t referenced() const;
  /// Visits all blocks, so it is for status reports, not for reads.
  FileUsage usage_of(std::uint32_t file) const;

 private:
  struct Queue {
    std::uint32_t oldest = kNoSlot;
    std::uint32_t newest = kNoSlot;
    std::size_t size = 0;
  };

  Block& at(std::uint32_t slot) { return pool_.block(slot); }
  std::uint32_t lookup(BlockKey key, std::uint64_t hash) RIMFS_REQUIRES(mutex_);
  BlockRef hold(std::uint32_t slot) RIMFS_REQUIRES(mutex_);
  void push(Queue& queue, std::uint32_t slot) RIMFS_REQUIRES(mutex_);
  void remove(Queue& queue, std::uint32_t slot) RIMFS_REQUIRES(mutex_);
  void unhash(std::uint32_t slot) RIMFS_REQUIRES(mutex_);
  void detach(std::uint32_t slot) RIMFS_REQUIRES(mutex_);
  std::uint32_t take_out(std::uint32_t slot) RIMFS_REQUIRES(mutex_);
  bool spare_in_small(std::uint32_t slot) RIMFS_REQUIRES(mutex_);
  bool spare_in_main(std::uint32_t slot) RIMFS_REQUIRES(mutex_);

  SlotPool& pool_;
  mutable Mutex mutex_;  // innermost except for the pool's mutex
  std::vector<std::uint32_t> buckets_ RIMFS_GUARDED_BY(mutex_);
  std::vector<std::uint32_t> ghosts_ RIMFS_GUARDED_BY(mutex_);  // fingerprints; 0 means none
  Queue small_ RIMFS_GUARDED_BY(mutex_);
  Queue main_ RIMFS_GUARDED_BY(mutex_);
};

/// Distributes keys over shards, buckets and fingerprints (the finaliser of MurmurHash3).
constexpr std::uint64_t hash_of(BlockKey key) {
  std::uint64_t h = std::uint64_t{key.file} << 32 | key.block;
  h = (h ^ (h >> 33)) * 0xff51afd7ed558ccdu;
  h = (h ^ (h >> 33)) * 0xc4ceb9fe1a85ec53u;
  return h ^ (h >> 33);
}

}  // namespace rimfs::cache
