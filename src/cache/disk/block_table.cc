// SPDX-License-Identifier: MIT
#include "cache/disk/block_table.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace rimfs::cache::disk {
namespace {

constexpr std::size_t kFewestPlaces = 16;
constexpr std::uint32_t kGroup = 16;  // the places of a group fill a cache line

}  // namespace

/// The start of the search for a block. Blocks of one group of 16 are adjacent, because they are mostly accessed in
/// order. Groups are distributed by multiplication with 2^64 divided by the golden ratio. Only the product's highest
/// bits keep consecutive groups apart (Knuth, The Art of Computer Programming 3, 6.4). With bits from the middle and
/// groups of 64, finding a block among 10,000,000 took 141 steps; now it takes two.
std::size_t BlockTable::home_of(std::uint32_t block) const {
  const std::uint64_t spread = (block / kGroup) * std::uint64_t{0x9e3779b97f4a7c15} >> 32;
  const std::uint64_t group = spread * (places_.size() / kGroup) >> 32;
  return (group * kGroup + block % kGroup) & (places_.size() - 1);
}

/// The block's place in the table, or the free place for it. The table must have at least one free place.
std::size_t BlockTable::slot_of(std::uint32_t block) const {
  std::size_t slot = home_of(block);
  while (places_[slot] != kNone && blocks_[places_[slot]].stored.block != block)
    slot = (slot + 1) & (places_.size() - 1);
  return slot;
}

std::size_t BlockTable::places_searched(std::uint32_t block) const {
  if (places_.empty()) return 0;
  return ((slot_of(block) - home_of(block)) & (places_.size() - 1)) + 1;
}

KeptBlock* BlockTable::find(std::uint32_t block) {
  if (places_.empty()) return nullptr;
  const std::uint32_t place = places_[slot_of(block)];
  return place == kNone ? nullptr : &blocks_[place];
}

KeptBlock& BlockTable::put(const StoredBlock& stored) {
  if ((blocks_.size() + 1) * 4 > places_.size() * 3) make_places(places_.size() * 2);
  std::uint32_t& place = places_[slot_of(stored.block)];
  if (place != kNone) {
    blocks_[place].stored = stored;
    return blocks_[place];
  }
  place = static_cast<std::uint32_t>(blocks_.size());
  return blocks_.emplace_back(KeptBlock{.stored = stored});
}

void BlockTable::reserve(std::size_t blocks) {
  const std::size_t places = std::bit_ceil(blocks / 3 * 4 + kFewestPlaces);
  if (places > places_.size()) make_places(places);
}

void BlockTable::make_places(std::size_t count) {
  places_.assign(std::max(kFewestPlaces, count), kNone);
  for (std::uint32_t place = 0; place < blocks_.size(); ++place) {
    std::size_t slot = home_of(blocks_[place].stored.block);
    while (places_[slot] != kNone) slot = (slot + 1) & (places_.size() - 1);
    places_[slot] = place;
  }
}

/// The last value moves into the gap.
void BlockTable::erase(std::uint32_t block) {
  if (places_.empty()) return;
  const std::size_t slot = slot_of(block);
  const std::uint32_t place = places_[slot];
  if (place == kNone) return;
  places_[slot_of(blocks_.back().stored.block)] = place;
  places_[slot] = kNone;
  blocks_[place] = blocks_.back();
  blocks_.pop_back();
  close_gap(slot);
}

/// Moves entries that were displaced past the freed place, so that searches do not stop too early.
void BlockTable::close_gap(std::size_t gap) {
  const std::size_t mask = places_.size() - 1;
  for (std::size_t slot = (gap + 1) & mask; places_[slot] != kNone; slot = (slot + 1) & mask) {
    const std::size_t home = home_of(blocks_[places_[slot]].stored.block);
    if (((slot - home) & mask) < ((slot - gap) & mask)) continue;  // its home is after the gap
    places_[gap] = std::exchange(places_[slot], kNone);
    gap = slot;
  }
}

}  // namespace rimfs::cache::disk
