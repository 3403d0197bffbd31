// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include "base/units.h"

namespace rimfs {

/// A range of bytes, always half open: [begin, end). A plain value. HTTP's inclusive ends exist only in
/// http/range_header.cc.
struct ByteRange {
  Offset begin;
  Offset end;

  constexpr auto operator<=>(const ByteRange&) const = default;

  constexpr bool empty() const { return end <= begin; }
  constexpr ByteCount size() const { return end - begin; }
  constexpr bool contains(Offset at) const { return begin <= at && at < end; }
  constexpr bool contains(ByteRange other) const { return begin <= other.begin && other.end <= end; }
  constexpr bool overlaps(ByteRange other) const { return begin < other.end && other.begin < end; }

  /// The intersection of both ranges; empty when they do not overlap.
  constexpr ByteRange intersect(ByteRange other) const {
    ByteRange common{std::max(begin, other.begin), std::min(end, other.end)};
    return common.empty() ? ByteRange{common.begin, common.begin} : common;
  }
};

constexpr ByteRange range_of(Offset begin, ByteCount size) { return {begin, begin + size}; }

/// The smallest range of whole units (a power of two) that covers `range`.
constexpr ByteRange align_outward(ByteRange range, ByteCount unit) {
  return {align_down(range.begin, unit), align_up(range.end, unit)};
}

/// Consecutive blocks of a file, for loops: `for (const BlockIndex block : blocks_touched(range, block_size))`. A
/// value.
class BlockRange {
 public:
  class Iterator {
   public:
    constexpr explicit Iterator(BlockIndex at) : at_(at) {}
    constexpr BlockIndex operator*() const { return at_; }
    constexpr Iterator& operator++() {
      at_ = at_.next();
      return *this;
    }
    constexpr bool operator==(const Iterator&) const = default;

   private:
    BlockIndex at_;
  };

  /// The blocks from `first` up to, but not including, `end`.
  constexpr BlockRange(BlockIndex first, BlockIndex end) : first_(first), end_(end < first ? first : end) {}

  constexpr Iterator begin() const { return Iterator(first_); }
  constexpr Iterator end() const { return Iterator(end_); }
  constexpr BlockIndex first() const { return first_; }
  constexpr std::size_t size() const { return end_.value - first_.value; }

 private:
  BlockIndex first_;
  BlockIndex end_;
};

/// The blocks that contain at least one byte of `range`; none when `range` is empty.
constexpr BlockRange blocks_touched(ByteRange range, ByteCount block_size) {
  const BlockIndex first = block_at(range.begin, block_size);
  return {first, range.empty() ? first : block_at(range.end - ByteCount{1}, block_size).next()};
}

}  // namespace rimfs
