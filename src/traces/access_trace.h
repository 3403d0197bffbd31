// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/byte_range.h"

namespace rimfs::traces {

/// The unit of a trace: the chunk of a block of the default size. A kernel reads at least 4 KiB, mostly more.
inline constexpr ByteCount kUnit = 16_KiB;
/// The limit for one trace. An inspection of a guest needs a tenth of it. A larger trace would be a large part of a
/// copy, which is better read in order.
inline constexpr ByteCount kMostBytes = 64_MiB;
inline constexpr std::size_t kMostRanges = kMostBytes.value / kUnit.value;

/// The ranges that the readers of one image requested, in the order of their first use. A plain value.
struct AccessTrace {
  /// In a trace of a Recording they are not empty, not overlapping and not adjacent.
  std::vector<ByteRange> ranges;
  /// The number of consecutive mounts that needed little of the trace and left it unchanged.
  unsigned passed_over = 0;

  ByteCount bytes() const;
  bool operator==(const AccessTrace&) const = default;
};

/// The decision which of two traces of an image is kept, and the new count.
struct Choice {
  bool newer = false;        ///< True when the newer trace replaces the older one.
  unsigned passed_over = 0;  ///< The `passed_over` of the trace that is kept.
  bool operator==(const Choice&) const = default;
};

/// The needs of the last mount are the best estimate for the next one. A mount that needed little, most of it known,
/// carries little information (`qemu-img info` between two inspections). Its trace is passed over, at most three times
/// in a row. A mount that needed a single range never replaces a trace, because nothing could be fetched in parallel.
Choice choose(const AccessTrace& older, const AccessTrace& newer);

}  // namespace rimfs::traces
