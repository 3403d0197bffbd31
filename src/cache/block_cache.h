// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "base/units.h"
#include "cache/block.h"
#include "cache/shard.h"
#include "cache/slot_pool.h"

namespace rimfs::cache {

/// Bounded RAM store of verified blocks, one for all files of a process. Any thread. Never blocks on I/O. Inserting
/// may evict; a block that is held stays valid. The limit counts every block's memory, held ones included, and is
/// never passed.
class BlockCache {
 public:
  /// `block_size`: 64 KiB to 16 MiB, a power of two. Throws Error{misuse} when `memory` is too small for four.
  BlockCache(ByteCount memory, ByteCount block_size);

  /// The block of `key` and counts a use; empty when it is not here.
  BlockRef find(BlockKey key);
  /// The same without counting.
  BlockRef peek(BlockKey key);
  /// The block, made empty when it is not here; nothing when every block is held.
  BlockRef find_or_insert(BlockKey key);
  /// Forgets a block, or all of a file; memory returns when the last holder lets go.
  void drop(BlockKey key);
  void drop_file(std::uint32_t file);

  ByteCount block_size() const { return block_size_; }
  /// A block arrives in chunks of this size: 1/64 of it, but at least a page.
  ByteCount chunk_size() const { return chunk_size_; }
  std::size_t capacity_blocks() const { return pool_.capacity(); }
  std::size_t used_blocks() const { return pool_.used(); }
  std::size_t referenced_blocks() const;
  FileUsage usage_of(std::uint32_t file) const;

 private:
  Shard& shard_of(std::uint64_t hash) { return *shards_[(hash >> 48) % shards_.size()]; }
  std::uint32_t free_slot(Shard& preferred);

  // Constant after construction; shards and pool synchronise themselves.
  const ByteCount block_size_;
  const ByteCount chunk_size_;
  SlotPool pool_;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace rimfs::cache
