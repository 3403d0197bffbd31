// SPDX-License-Identifier: MIT
// What holds for the map of an image, whatever file it was read from.
#pragma once

#include "extents/image_map.h"
#include "fuzz.h"

namespace rimfs::fuzz {

/// `text_size`: of the file. Each range of zeros costs it at least a digit.
inline void check_map(const extents::ImageMap& map, std::size_t text_size) {
  require(map.size.value <= extents::kLargestImage);
  require(map.zeros.size() <= text_size && map.sums.size() <= text_size);
  Offset end{0};
  for (const ByteRange& zero : map.zeros) {
    require(!zero.empty() && zero.begin >= end && zero.end.value <= map.size.value);
    require(zero.begin > end || end.value == 0);  // neither overlapping nor adjacent
    end = zero.end;
  }
  for (const extents::RangeSum& one : map.sums) {
    require(!one.range.empty() && one.range.end.value <= map.size.value);
  }
}

/// A map that rimfs writes says what it was written from, as far as whole blocks of it are zero.
inline void check_written(const extents::ImageMap& map) {
  constexpr std::uint64_t kMostWritten = 1'000'000;
  if (map.zeros.size() > kMostWritten) return;
  const extents::ImageMap again = extents::read_image_map(extents::write_bmap(map.size, map.zeros));
  require(again.size == map.size);
  for (const ByteRange& zero : again.zeros) {
    bool inside = false;
    for (const ByteRange& known : map.zeros) inside = inside || known.contains(zero);
    require(inside);
  }
}

}  // namespace rimfs::fuzz
