// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <vector>

#include "base/byte_range.h"

namespace rimfs::formats {

/// A set of bytes, stored as merged ranges. A plain value.
class RangeSet {
 public:
  /// The parts of `range` that are not in the set, in order.
  std::vector<ByteRange> missing(ByteRange range) const;
  void add(ByteRange range);

 private:
  std::map<Offset, Offset> ends_;  // by begin; neither overlapping nor touching
};

}  // namespace rimfs::formats
