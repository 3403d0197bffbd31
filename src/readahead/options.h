// SPDX-License-Identifier: MIT
#pragma once

#include "base/units.h"

namespace rimfs::readahead {

/// Settings of readahead. A plain value; config/ fills it.
struct Options {
  ByteCount budget = 384_MiB;  ///< The limit for bytes requested ahead of all readers of all files; 0 disables it.
  bool formats = true;         ///< Whether an image's tables are requested when its header is read.
  bool traces = true;          ///< Whether the first reads are recorded and requested at the next mount.
};

}  // namespace rimfs::readahead
