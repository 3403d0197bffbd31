// SPDX-License-Identifier: MIT
#pragma once

#include "base/byte_range.h"

namespace rimfs::formats {

/// A stretch of an image file that holds a stretch of the guest's disk.
struct GuestExtent {
  ByteRange in_file;
  Offset guest;          ///< Where the guest sees it.
  ByteCount guest_size;  ///< The same as that of `in_file` unless it is compressed.
  bool compressed = false;
  bool operator==(const GuestExtent&) const = default;
};

}  // namespace rimfs::formats
