// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include "base/byte_range.h"

namespace rimfs::catalog::archive {

/// How much of an archive is read at once while its index is looked for. A header mostly has its members' bytes behind
/// it, and the next header lies anywhere. Small members lie close together, so that a larger window has many headers.
/// Pure.
class IndexWindow {
 public:
  static constexpr ByteCount kFirst = 64_KiB;
  static constexpr ByteCount kMost = 1_MiB;

  /// `size`: of the archive.
  explicit IndexWindow(ByteCount size) : size_(size) {}

  /// The next range to read; it contains `wanted`, which lies in the archive and has kMost bytes at most. A window
  /// close behind the one before it is twice as large.
  ByteRange next(ByteRange wanted) {
    const bool is_close = last_.begin <= wanted.begin && wanted.begin <= last_.end + length_;
    length_ = last_.empty() || !is_close ? kFirst : std::min(kMost, length_ * 2);
    const ByteCount length = std::max(length_, wanted.size());
    last_ = range_of(wanted.begin, length).intersect({Offset{}, Offset{size_.value}});
    return last_;
  }

 private:
  const ByteCount size_;
  ByteRange last_{};
  ByteCount length_ = kFirst;
};

}  // namespace rimfs::catalog::archive
