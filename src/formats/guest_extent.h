// SPDX-License-Identifier: MIT
#pragma once

#include "base/byte_range.h"

namespace rimfs::formats {

/// An extent of an image file that holds an extent of the guest's disk.
struct GuestExtent {
  ByteRange in_file;
  Offset guest;          ///< Where the guest sees it.
  ByteCount guest_size;  ///< The same as that of `in_file` unless it is compressed.
  bool compressed = false;
  bool operator==(const GuestExtent&) const = default;
};

}  // namespace rimfs::formats
