// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/units.h"

namespace rimfs::cache {

/// Settings of the cache. A plain value; config/ fills it.
struct Options {
  ByteCount memory = 512_MiB;    ///< The hard limit for the bytes of all blocks; config/assemble.cc has its minimum.
  std::string directory;         ///< The directory of the disk cache, shared with other processes; empty disables it.
  ByteCount size = 10_GiB;       ///< The hard limit of the disk cache, for all images together.
  std::string trace_directory;   ///< The directory of access traces; empty selects "traces" in the disk cache's
                                 ///< directory, if there is one.
  bool offline = false;          ///< Whether images are served from the disk cache when a server cannot be reached.
  ByteCount block_size = 1_MiB;  ///< The unit of fetching and eviction: a power of two from 64 KiB to 16 MiB.
};

}  // namespace rimfs::cache
