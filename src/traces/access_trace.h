// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/byte_range.h"

namespace rimfs::traces {

/// What a trace counts in: the chunk of a block of the default size. A kernel asks for 4 KiB at least, mostly for more.
inline constexpr ByteCount kUnit = 16_KiB;
/// As much as one mount's needs are remembered. An inspection of a guest takes a tenth of it; more would be a good part
/// of a copy, which is better read in order.
inline constexpr ByteCount kMostBytes = 64_MiB;
inline constexpr std::size_t kMostRanges = kMostBytes.value / kUnit.value;

/// What the readers of one image asked for, in the order in which they needed it first. A plain value.
struct AccessTrace {
  std::vector<ByteRange> ranges;  ///< None is empty, overlaps or touches another when a Recording made them.
  unsigned passed_over = 0;       ///< How many mounts in a row needed little of it, and left it as it was.

  ByteCount bytes() const;
  bool operator==(const AccessTrace&) const = default;
};

/// Which of two traces of an image is kept, and what it then counts.
struct Choice {
  bool newer = false;        ///< The newer one takes the older one's place.
  unsigned passed_over = 0;  ///< Of the one that is kept.
  bool operator==(const Choice&) const = default;
};

/// The last mount's needs are the best guess of the next one's. But one that needed little, and most of it known, says
/// not much (`qemu-img info` between two inspections): it is passed over, three times in a row at most. One that needed
/// a single range has nothing that could be fetched beside anything: it never counts.
Choice choose(const AccessTrace& older, const AccessTrace& newer);

}  // namespace rimfs::traces
