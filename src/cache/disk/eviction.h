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

/// A block that may be given up. A value.
struct EvictionCandidate {
  std::uint32_t store = 0;  ///< Which of the stores looked at.
  std::uint32_t block = 0;
  ByteCount bytes;  ///< What that frees.
  Moment last_use = 0;
  std::uint8_t uses = 0;

  /// A use counts as much as an hour, up to a day: what is read again and again outlives one pass over a large image by
  /// as much, and then goes as well.
  static constexpr Moment kUseIsWorth = moment_of(3600);
  static constexpr std::uint8_t kMostUses = 24;
  Moment worth() const { return last_use + kUseIsWorth * std::min(uses, kMostUses); }
};

/// The candidates of least worth, until `wanted` bytes are free or none is left; whatever image they are of. Of equal
/// ones those at an image's end go first: images are mostly read from their begin. Pure.
std::vector<EvictionCandidate> least_worth(std::vector<EvictionCandidate> candidates, ByteCount wanted);

/// Gives up the least worth of all blocks in `stores`, which this process writes. Gives what became free. For the
/// thread that writes these stores. Throws Error{system}.
ByteCount give_up_least_worth(std::span<const std::shared_ptr<ImageStore>> stores, ByteCount wanted);

}  // namespace rimfs::cache::disk
