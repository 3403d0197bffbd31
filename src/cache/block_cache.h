// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "base/units.h"
#include "cache/block.h"
#include "cache/shard.h"
#include "cache/slot_pool.h"

namespace rimfs::cache {

/// Bounded RAM store of verified blocks, one for all files of a process. Any thread. Never blocks on I/O. Inserting may
/// evict; a block that is held stays valid. The limit covers the memory of every block, including held ones, and is
/// never exceeded.
class BlockCache {
 public:
  /// `block_size` is a power of two from 64 KiB to 16 MiB. Throws Error{misuse} when `memory` is too small for four
  /// blocks.
  BlockCache(ByteCount memory, ByteCount block_size);

  /// Returns the block of `key` and counts a use; empty when the block is absent.
  BlockRef find(BlockKey key);
  /// Returns the block of `key` without counting a use; empty when the block is absent.
  BlockRef peek(BlockKey key);
  /// Returns the block of `key`; inserts an empty one when it is absent. Returns nothing when every block is held.
  BlockRef find_or_insert(BlockKey key);
  /// Removes a block, or all blocks of a file. The memory is freed when the last holder releases it.
  void drop(BlockKey key);
  void drop_file(std::uint32_t file);

  ByteCount block_size() const { return block_size_; }
  /// A block arrives in chunks of this size: 1/64 of the block, but at least a page.
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
