// SPDX-License-Identifier: MIT
#include "cache/shard.h"

#include <bit>

namespace rimfs::cache {
namespace {

/// The small queue's share of the blocks, from the paper: one in ten.
constexpr std::size_t kSmallShare = 10;

std::uint32_t fingerprint(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32) | 1; }

}  // namespace

Shard::Shard(SlotPool& pool, std::size_t expected)
    : pool_(pool),
      buckets_(std::bit_floor(std::max<std::size_t>(expected, 16)), kNoSlot),
      ghosts_(std::bit_floor(std::max<std::size_t>(expected, 16)), 0) {}

std::uint32_t Shard::lookup(BlockKey key, std::uint64_t hash) {
  std::uint32_t slot = buckets_[hash & (buckets_.size() - 1)];
  while (slot != kNoSlot && at(slot).key_ != key) slot = at(slot).next_in_bucket_;
  return slot;
}

BlockRef Shard::hold(std::uint32_t slot) {
  at(slot).holders_.fetch_add(1, std::memory_order_acquire);
  return BlockRef(&at(slot), &pool_);
}

BlockRef Shard::find(BlockKey key, std::uint64_t hash, bool count) {
  const MutexLock lock(mutex_);
  const std::uint32_t slot = lookup(key, hash);
  if (slot == kNoSlot) return {};
  std::atomic<std::uint8_t>& uses = at(slot).uses_;
  if (count && uses.load(std::memory_order_relaxed) < Block::kMostUses) {
    uses.fetch_add(1, std::memory_order_relaxed);  // all writers hold the lock, so the value does not exceed the limit
  }
  return hold(slot);
}

BlockRef Shard::insert(BlockKey key, std::uint64_t hash, std::uint32_t slot) {
  const MutexLock lock(mutex_);
  if (const std::uint32_t there = lookup(key, hash); there != kNoSlot) {
    pool_.give_back(slot);
    return hold(there);
  }
  Block& block = at(slot);
  block.key_ = key;
  std::uint32_t& bucket = buckets_[hash & (buckets_.size() - 1)];
  block.next_in_bucket_ = std::exchange(bucket, slot);
  std::uint32_t& ghost = ghosts_[hash & (ghosts_.size() - 1)];
  block.in_main_ = ghost == fingerprint(hash);
  if (block.in_main_) ghost = 0;
  push(block.in_main_ ? main_ : small_, slot);
  return hold(slot);
}

std::uint32_t Shard::evict() {
  const MutexLock lock(mutex_);
  // Blocks are visited until their uses are spent. The small queue is skipped once all its blocks were found held;
  // otherwise it would consume the visits that the main queue needs.
  const std::size_t looks = (small_.size + main_.size) * (Block::kMostUses + 2);
  std::size_t held_in_small = 0;
  for (std::size_t i = 0; i < looks; ++i) {
    const bool from_small = held_in_small < small_.size && small_.size * kSmallShare >= small_.size + main_.size;
    if (!from_small && main_.size == 0) break;
    const std::uint32_t slot = from_small ? small_.oldest : main_.oldest;
    if (!(from_small ? spare_in_small(slot) : spare_in_main(slot))) return take_out(slot);
    if (from_small && !at(slot).in_main_) ++held_in_small;
  }
  // An insertion may fail only when every block is held: as a last resort, any unheld block is evicted, whatever its
  // queue.
  for (const Queue* queue : {&small_, &main_}) {
    for (std::uint32_t slot = queue->oldest; slot != kNoSlot; slot = at(slot).newer_) {
      if (at(slot).holders_.load(std::memory_order_acquire) == 0) return take_out(slot);
    }
  }
  return kNoSlot;
}

/// Removes an unheld block from the cache so that its slot can be reused. A block of the small queue leaves a ghost.
std::uint32_t Shard::take_out(std::uint32_t slot) {
  const bool in_main = at(slot).in_main_;
  const std::uint64_t hash = hash_of(at(slot).key_);
  if (!in_main) ghosts_[hash & (ghosts_.size() - 1)] = fingerprint(hash);
  unhash(slot);
  remove(in_main ? main_ : small_, slot);
  return slot;
}

bool Shard::spare_in_small(std::uint32_t slot) {
  Block& block = at(slot);
  const bool held = block.holders_.load(std::memory_order_acquire) != 0;
  const bool used_again = block.uses_.load(std::memory_order_relaxed) > 1;
  if (!held && !used_again) return false;
  remove(small_, slot);
  if (used_again) {
    block.uses_.store(0, std::memory_order_relaxed);
    block.in_main_ = true;
  }
  push(used_again ? main_ : small_, slot);
  return true;
}

bool Shard::spare_in_main(std::uint32_t slot) {
  Block& block = at(slot);
  const std::uint8_t uses = block.uses_.load(std::memory_order_relaxed);
  if (block.holders_.load(std::memory_order_acquire) == 0 && uses == 0) return false;
  if (uses > 0) block.uses_.store(static_cast<std::uint8_t>(uses - 1), std::memory_order_relaxed);
  remove(main_, slot);
  push(main_, slot);
  return true;
}

void Shard::drop(BlockKey key, std::uint64_t hash) {
  const MutexLock lock(mutex_);
  const std::uint32_t slot = lookup(key, hash);
  if (slot != kNoSlot) detach(slot);
}

void Shard::drop_file(std::uint32_t file) {
  const MutexLock lock(mutex_);
  for (Queue* queue : {&small_, &main_}) {
    for (std::uint32_t slot = queue->oldest; slot != kNoSlot;) {
      const std::uint32_t next = at(slot).newer_;
      if (at(slot).key_.file == file) detach(slot);
      slot = next;
    }
  }
}

void Shard::detach(std::uint32_t slot) {
  Block& block = at(slot);
  unhash(slot);
  remove(block.in_main_ ? main_ : small_, slot);
  if (block.holders_.fetch_or(Block::kDetached, std::memory_order_acq_rel) == 0) pool_.give_back(slot);
}

void Shard::push(Queue& queue, std::uint32_t slot) {
  Block& block = at(slot);
  block.newer_ = kNoSlot;
  block.older_ = queue.newest;
  if (queue.newest != kNoSlot) at(queue.newest).newer_ = slot;
  queue.newest = slot;
  if (queue.oldest == kNoSlot) queue.oldest = slot;
  ++queue.size;
}

void Shard::remove(Queue& queue, std::uint32_t slot) {
  Block& block = at(slot);
  (block.older_ == kNoSlot ? queue.oldest : at(block.older_).newer_) = block.newer_;
  (block.newer_ == kNoSlot ? queue.newest : at(block.newer_).older_) = block.older_;
  --queue.size;
}

void Shard::unhash(std::uint32_t slot) {
  std::uint32_t* link = &buckets_[hash_of(at(slot).key_) & (buckets_.size() - 1)];
  while (*link != slot) link = &at(*link).next_in_bucket_;
  *link = at(slot).next_in_bucket_;
}

FileUsage Shard::usage_of(std::uint32_t file) const {
  const MutexLock lock(mutex_);
  FileUsage usage;
  for (const Queue* queue : {&small_, &main_}) {
    for (std::uint32_t slot = queue->oldest; slot != kNoSlot; slot = pool_.block(slot).newer_) {
      const Block& block = pool_.block(slot);
      if (block.key_.file != file) continue;
      ++usage.blocks;
      usage.chunks += static_cast<std::uint64_t>(std::popcount(block.present()));
    }
  }
  return usage;
}

std::size_t Shard::referenced() const {
  const MutexLock lock(mutex_);
  std::size_t count = 0;
  for (const Queue* queue : {&small_, &main_}) {
    for (std::uint32_t slot = queue->oldest; slot != kNoSlot; slot = pool_.block(slot).newer_) {
      if (pool_.block(slot).holders_.load(std::memory_order_relaxed) != 0) ++count;
    }
  }
  return count;
}

}  // namespace rimfs::cache
