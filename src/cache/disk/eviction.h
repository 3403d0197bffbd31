// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/units.h"
#include "cache/disk/block_table.h"

namespace rimfs::cache::disk {

class ImageStore;

/// A block that may be evicted. A value.
struct EvictionCandidate {
  std::uint32_t store = 0;  ///< The index of its store in the list of stores.
  std::uint32_t block = 0;
  ByteCount bytes;  ///< The bytes that its eviction frees.
  Moment last_use = 0;
  std::uint8_t uses = 0;

  /// Each use counts as one hour, up to a day. A block that is read repeatedly outlives one pass over a large image by
  /// that time, and is then evicted as well.
  static constexpr Moment kUseIsWorth = moment_of(3600);
  static constexpr std::uint8_t kMostUses = 24;
  Moment worth() const { return last_use + kUseIsWorth * std::min(uses, kMostUses); }
};

/// Selects the candidates of least worth, from any image, until `wanted` bytes are found or none is left. Of equal
/// candidates, those nearest an image's end go first, because images are mostly read from the beginning. Pure.
std::vector<EvictionCandidate> least_worth(std::vector<EvictionCandidate> candidates, ByteCount wanted);

/// Evicts the blocks of least worth in `stores`, which this process writes. Returns the freed bytes. For the thread
/// that writes these stores. Throws Error{system}.
ByteCount give_up_least_worth(std::span<const std::shared_ptr<ImageStore>> stores, ByteCount wanted);

}  // namespace rimfs::cache::disk
