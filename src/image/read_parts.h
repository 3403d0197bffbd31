// SPDX-License-Identifier: MIT
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <memory_resource>
#include <span>
#include <vector>

#include "base/byte_range.h"
#include "cache/block_cache.h"

namespace rimfs::image {

using Parts = std::pmr::vector<iovec>;

/// Appends the bytes of `range`, which is not empty, as parts of the blocks' own memory. `blocks`: one for each block
/// that the range touches; an empty one stands for zeros. Valid while the blocks are held. Any thread.
void append_parts(ByteRange range, std::span<const cache::BlockRef> blocks, ByteCount block_size, Parts& parts);

/// The bytes of one read that are in memory; Image::read_now() fills it. Holds their blocks. Lives on the caller's
/// stack, and allocates nothing for a read of 1 MiB in blocks of 64 KiB or more, because hits are frequent. One thread.
class FoundBytes {
 public:
  FoundBytes() = default;
  FoundBytes(const FoundBytes&) = delete;
  FoundBytes& operator=(const FoundBytes&) = delete;

  /// In order. Valid during the life of this object.
  std::span<const iovec> parts() const { return parts_; }

 private:
  friend class Image;
  // Space for 17 blocks of 8 bytes and 17 parts of 16 bytes. More is allocated.
  alignas(std::max_align_t) std::array<std::byte, 512> room_;
  std::pmr::monotonic_buffer_resource memory_{room_.data(), room_.size()};
  std::pmr::vector<cache::BlockRef> blocks_{&memory_};
  Parts parts_{&memory_};
};

}  // namespace rimfs::image
