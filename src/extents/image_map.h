// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/byte_range.h"
#include "base/error.h"

namespace rimfs::extents {

/// The checksum that a bmap file gives for a range of mapped blocks.
struct RangeSum {
  ByteRange range;
  std::string sum;  ///< In hexadecimal, as the file says it.
};

/// What a map file says of the image that it was made of. A plain value.
struct ImageMap {
  ByteCount size;                ///< The image's size, perhaps rounded up to `unit`.
  ByteCount unit{1};             ///< qemu-img counts in sectors of 512 bytes.
  std::vector<ByteRange> zeros;  ///< What reads as zero: in order, not empty, neither overlapping nor adjacent.
  std::string algorithm;         ///< Of the sums: "sha256"; empty when there are none.
  std::vector<RangeSum> sums;    ///< In order.

  /// True when it may be the map of an image of this size.
  bool fits(ByteCount image) const { return size == image || size == align_up(image, unit); }
};

/// Reads a map: JSON as `qemu-img map --output=json` and `rimfs map --json` write it, or a bmap file; the text itself
/// tells which. Believes nothing: what contradicts itself is refused with Error{corrupt}. Memory in the order of the
/// ranges, whatever the text. Pure; any thread.
ImageMap read_image_map(std::string_view text);

/// A checksum of the image's size and of what the map calls zero: equal for two maps that say the same, in either
/// format.
std::string digest_of(const ImageMap& map);

/// The two formats. See qemu_map.cc and bmap.cc for where they are specified.
ImageMap read_qemu_map(std::string_view json);
ImageMap read_bmap(std::string_view xml);

/// A bmap file (version 2.0, blocks of 4096 bytes, no sums of ranges: they would need the data) of an image of which
/// `zeros` (in order, apart) read as zero. A block is left out when all of it does.
std::string write_bmap(ByteCount size, const std::vector<ByteRange>& zeros);

/// No file is larger: sizes and offsets are signed 64-bit numbers everywhere else.
inline constexpr std::uint64_t kLargestImage = INT64_MAX;

/// The error of a map that cannot be used.
Error bad_map(std::string_view why);

}  // namespace rimfs::extents
