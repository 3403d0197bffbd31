// SPDX-License-Identifier: MIT
#pragma once

#include "base/byte_range.h"

namespace rimfs::formats {

/// An extent of an image file that contains an extent of the guest's disk. What no extent contains is zero, or, in an
/// image that has a parent (a backing file), unknown: where nothing was written, the guest sees the parent.
struct GuestExtent {
  ByteRange in_file;
  Offset guest;          ///< The extent's position on the guest's disk.
  ByteCount guest_size;  ///< The extent's size on the guest's disk; equal to that of `in_file` unless it is compressed.
  bool compressed = false;
  bool operator==(const GuestExtent&) const = default;
};

}  // namespace rimfs::formats
