// SPDX-License-Identifier: MIT
#pragma once

#include "base/units.h"

namespace rimfs::readahead {

/// A plain value; config/ fills it.
struct Options {
  ByteCount budget = 256_MiB;  ///< Bytes asked for ahead of all readers of all files together; 0 is off.
};

}  // namespace rimfs::readahead
