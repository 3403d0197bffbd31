// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "cache/disk/index_record.h"

namespace rimfs::cache::disk {

/// A moment: 1/65536 seconds since 1970. Fine enough to tell two reads apart, and the same for all processes and after
/// a restart.
using Moment = std::uint64_t;
constexpr std::uint32_t seconds_of(Moment moment) { return static_cast<std::uint32_t>(moment >> 16); }
constexpr Moment moment_of(std::uint32_t seconds) { return Moment{seconds} << 16; }

/// What a process remembers of one stored block. A value.
struct KeptBlock {
  StoredBlock stored;               ///< As the index has it.
  std::uint32_t used_seconds = 0;   ///< When it was last written or read: whole seconds,
  std::uint16_t used_fraction = 0;  ///< and 1/65536 of one.
  std::uint8_t uses = 0;            ///< Reads since the store was opened; saturates.
  bool bad = false;                 ///< As if it were not there; the writer has still to give it up.

  Moment last_use() const { return moment_of(used_seconds) | used_fraction; }
  void used_at(Moment now) {
    used_seconds = seconds_of(now);
    used_fraction = static_cast<std::uint16_t>(now);
  }
};
static_assert(sizeof(KeptBlock) == 40, "a cache of 1 TiB has a million of these");

/// The blocks of one image by number, in 46 to 57 bytes each: the values stand close together in no order, and a table
/// of their places, between 3/8 and 3/4 full, is searched from a number's hash on. A reference is good until the next
/// put() or erase(). One thread at a time.
class BlockTable {
 public:
  /// Null when it is not here.
  KeptBlock* find(std::uint32_t block);
  const KeptBlock* find(std::uint32_t block) const { return const_cast<BlockTable*>(this)->find(block); }
  /// The block's entry, made when it is not here, with `stored` in it.
  KeptBlock& put(const StoredBlock& stored);
  void erase(std::uint32_t block);
  /// Makes room at once for so many.
  void reserve(std::size_t blocks);

  std::size_t size() const { return blocks_.size(); }
  /// How many places are looked at to find a block, or that it is not here: for tests.
  std::size_t places_searched(std::uint32_t block) const;
  auto begin() const { return blocks_.begin(); }
  auto end() const { return blocks_.end(); }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  std::size_t home_of(std::uint32_t block) const;
  std::size_t slot_of(std::uint32_t block) const;
  void close_gap(std::size_t slot);
  void make_places(std::size_t count);

  std::deque<KeptBlock> blocks_;
  std::vector<std::uint32_t> places_;  // a power of two of them, or none
};

}  // namespace rimfs::cache::disk
