// SPDX-License-Identifier: MIT
#pragma once

#include "base/units.h"

namespace rimfs::readahead {

/// A plain value; config/ fills it.
struct Options {
  ByteCount budget = 384_MiB;  ///< Bytes asked for ahead of all readers of all files together; 0 is off.
  bool formats = true;         ///< Ask for an image's tables when its header is read.
  bool traces = true;          ///< Remember what was read first, and ask for it at the next mount.
};

}  // namespace rimfs::readahead
