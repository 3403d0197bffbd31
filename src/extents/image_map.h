// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/byte_range.h"
#include "base/error.h"

namespace rimfs::extents {

/// The checksum of a range of mapped blocks in a bmap file.
struct RangeSum {
  ByteRange range;
  std::string sum;  ///< The checksum in hexadecimal, as written in the file.
};

/// The content of a map file for an image. A plain value.
struct ImageMap {
  ByteCount size;                ///< The image's size, possibly rounded up to `unit`.
  ByteCount unit{1};             ///< The granularity of the size; qemu-img counts in sectors of 512 bytes.
  std::vector<ByteRange> zeros;  ///< The zero ranges: in order, not empty, neither overlapping nor adjacent.
  std::string algorithm;         ///< The algorithm of the sums, for example "sha256"; empty when there are none.
  std::vector<RangeSum> sums;    ///< The checksums, in order.

  /// True when this can be the map of an image of this size.
  bool fits(ByteCount image) const { return size == image || size == align_up(image, unit); }
};

/// Reads a map: JSON as written by `qemu-img map --output=json` and `rimfs map --json`, or a bmap file. The format is
/// detected from the text. The input is not trusted: throws Error{corrupt} for a map that contradicts itself. Memory is
/// proportional to the number of ranges, whatever the text. Pure; any thread.
ImageMap read_image_map(std::string_view text);

/// A checksum of the image's size and of the ranges that the map reports as zero. It is equal for two maps of the same
/// content, in either format.
std::string digest_of(const ImageMap& map);

/// The readers of the two formats. The sources of the formats are in qemu_map.cc and bmap.cc.
ImageMap read_qemu_map(std::string_view json);
ImageMap read_bmap(std::string_view xml);

/// Writes a bmap file of an image whose ranges `zeros` (in order, not adjacent) read as zero. Version 2.0, blocks of
/// 4096 bytes, without checksums of ranges, because those require the data. A block is omitted when all of it reads as
/// zero.
std::string write_bmap(ByteCount size, const std::vector<ByteRange>& zeros);

/// The largest possible file: sizes and offsets are signed 64-bit numbers in all other interfaces.
inline constexpr std::uint64_t kLargestImage = INT64_MAX;

/// The error for a map that cannot be used.
Error bad_map(std::string_view why);

}  // namespace rimfs::extents
