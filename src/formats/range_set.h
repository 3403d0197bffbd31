// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <vector>

#include "base/byte_range.h"

namespace rimfs::formats {

/// A set of bytes as merged ranges. A plain value.
class RangeSet {
 public:
  /// What of `range` is not in the set, in order.
  std::vector<ByteRange> missing(ByteRange range) const;
  void add(ByteRange range);

 private:
  std::map<Offset, Offset> ends_;  // by begin; neither overlapping nor touching
};

}  // namespace rimfs::formats
