// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "cache/disk/index_record.h"

namespace rimfs::cache::disk {

/// A time in units of 1/65536 s since 1970. Fine enough to order two reads, comparable between processes, and valid
/// after a restart.
using Moment = std::uint64_t;
constexpr std::uint32_t seconds_of(Moment moment) { return static_cast<std::uint32_t>(moment >> 16); }
constexpr Moment moment_of(std::uint32_t seconds) { return Moment{seconds} << 16; }

/// The state of one stored block in this process. A value.
struct KeptBlock {
  StoredBlock stored;               ///< The block's record in the index.
  std::uint32_t used_seconds = 0;   ///< The time of the last write or read, in whole seconds.
  std::uint16_t used_fraction = 0;  ///< The fraction of that time, in 1/65536 s.
  std::uint8_t uses = 0;            ///< The number of reads since the store was opened; saturates.
  bool bad = false;                 ///< The block is treated as absent; the writer still has to remove it.

  Moment last_use() const { return moment_of(used_seconds) | used_fraction; }
  void used_at(Moment now) {
    used_seconds = seconds_of(now);
    used_fraction = static_cast<std::uint16_t>(now);
  }
};
static_assert(sizeof(KeptBlock) == 40, "a cache of 1 TiB has a million of these");

/// The blocks of one image by number, in 46 to 57 bytes each. The values are stored contiguously in no order. An
/// open-addressed table of their positions, between 3/8 and 3/4 full, is probed linearly from the number's hash. A
/// reference is valid until the next put() or erase(). One thread at a time.
class BlockTable {
 public:
  /// Returns null when the block is absent.
  KeptBlock* find(std::uint32_t block);
  const KeptBlock* find(std::uint32_t block) const { return const_cast<BlockTable*>(this)->find(block); }
  /// Sets the block's entry to `stored`; adds it when it is absent.
  KeptBlock& put(const StoredBlock& stored);
  void erase(std::uint32_t block);
  /// Reserves the table for this number of blocks.
  void reserve(std::size_t blocks);

  std::size_t size() const { return blocks_.size(); }
  /// The number of buckets probed to find a block, or to find that it is absent; for tests.
  std::size_t buckets_searched(std::uint32_t block) const;
  auto begin() const { return blocks_.begin(); }
  auto end() const { return blocks_.end(); }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  std::size_t home_of(std::uint32_t block) const;
  std::size_t slot_of(std::uint32_t block) const;
  void close_gap(std::size_t slot);
  void rehash(std::size_t count);

  std::deque<KeptBlock> blocks_;
  std::vector<std::uint32_t> buckets_;  // the size is a power of two, or zero
};

}  // namespace rimfs::cache::disk
