// SPDX-License-Identifier: MIT
#include "cache/block_cache.h"

namespace rimfs::cache {
namespace {

/// Enough shards that a few FUSE workers rarely contend for one lock. Each shard evicts independently. It must
/// therefore be large enough for its even share of the held blocks: with small shards, the only blocks left to evict
/// were those being read.
constexpr std::size_t kShards = 16;
constexpr std::size_t kBlocksPerShard = 256;
constexpr std::uint64_t kMostChunks = 64;

/// The cost of a cached block in addition to its bytes: header, hash bucket and ghost.
static_assert(sizeof(Block) + 2 * sizeof(std::uint32_t) <= 64);

}  // namespace

BlockCache::BlockCache(ByteCount memory, ByteCount block_size)
    : block_size_(block_size), chunk_size_(std::max(kPage, block_size / kMostChunks)), pool_(memory, block_size) {
  const std::size_t shards = std::clamp<std::size_t>(pool_.capacity() / kBlocksPerShard, 1, kShards);
  for (std::size_t i = 0; i < shards; ++i) {
    shards_.push_back(std::make_unique<Shard>(pool_, pool_.capacity() / shards));
  }
}

BlockRef BlockCache::find(BlockKey key) {
  const std::uint64_t hash = hash_of(key);
  return shard_of(hash).find(key, hash, true);
}

BlockRef BlockCache::peek(BlockKey key) {
  const std::uint64_t hash = hash_of(key);
  return shard_of(hash).find(key, hash, false);
}

BlockRef BlockCache::find_or_insert(BlockKey key) {
  const std::uint64_t hash = hash_of(key);
  Shard& shard = shard_of(hash);
  if (BlockRef there = shard.find(key, hash, false)) return there;
  const std::uint32_t slot = free_slot(shard);
  return slot == kNoSlot ? BlockRef() : shard.insert(key, hash, slot);
}

std::uint32_t BlockCache::free_slot(Shard& preferred) {
  std::uint32_t slot = pool_.take();
  if (slot != kNoSlot) return slot;
  slot = preferred.evict();
  for (std::size_t i = 0; slot == kNoSlot && i < shards_.size(); ++i) slot = shards_[i]->evict();
  if (slot != kNoSlot) pool_.reset(slot);
  return slot;
}

void BlockCache::drop(BlockKey key) {
  const std::uint64_t hash = hash_of(key);
  shard_of(hash).drop(key, hash);
}

void BlockCache::drop_file(std::uint32_t file) {
  for (const auto& shard : shards_) shard->drop_file(file);
}

std::size_t BlockCache::referenced_blocks() const {
  std::size_t count = 0;
  for (const auto& shard : shards_) count += shard->referenced();
  return count;
}

FileUsage BlockCache::usage_of(std::uint32_t file) const {
  FileUsage sum;
  for (const auto& shard : shards_) {
    const FileUsage usage = shard->usage_of(file);
    sum.blocks += usage.blocks;
    sum.chunks += usage.chunks;
  }
  return sum;
}

}  // namespace rimfs::cache
