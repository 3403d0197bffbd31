// SPDX-License-Identifier: MIT
#pragma once

#include <sys/uio.h>

#include <vector>

#include "base/byte_range.h"
#include "cache/block_cache.h"

namespace rimfs::image {

/// The bytes of `range`, which is not empty, in the blocks' own memory: one block for each that the range touches, an
/// empty one for zeros. Valid while the blocks are held. Any thread.
std::vector<iovec> read_parts(ByteRange range, const std::vector<cache::BlockRef>& blocks, ByteCount block_size);

}  // namespace rimfs::image
