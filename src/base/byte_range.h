// SPDX-License-Identifier: MIT
#pragma once

#include "base/units.h"

namespace rimfs {

/// A stretch of a file, always half open: [begin, end). A plain value. HTTP's inclusive ends exist only in
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

  /// What both have in common; empty when they do not overlap.
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

}  // namespace rimfs
