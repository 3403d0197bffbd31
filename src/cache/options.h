// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/units.h"

namespace rimfs::cache {

/// The RAM cache of the process. A plain value; config/ fills it.
struct Options {
  ByteCount memory = 512_MiB;    ///< Hard limit for the bytes of blocks, 16 blocks at least; all files together.
  std::string directory;         ///< Of the disk cache, shared with other processes; empty: none.
  ByteCount size = 10_GiB;       ///< Hard limit of the disk cache, all images together.
  std::string trace_directory;   ///< Of access traces; empty: "traces" in the disk cache's, if there is one.
  bool offline = false;          ///< Show what the disk cache has when a server cannot be reached.
  ByteCount block_size = 1_MiB;  ///< What is fetched and evicted at once: 64 KiB to 16 MiB, a power of two.
};

}  // namespace rimfs::cache
