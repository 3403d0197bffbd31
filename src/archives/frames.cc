// SPDX-License-Identifier: MIT
#include "archives/frames.h"

#include <algorithm>
#include <iterator>

#include "archives/xz.h"
#include "archives/zstd.h"
#include "base/error.h"

namespace rimfs::archives {

const Frame& FrameTable::at(Offset content) const {
  const auto begin_of = [](const Frame& frame) { return frame.content.begin; };
  return *std::prev(std::ranges::upper_bound(frames, content, {}, begin_of));
}

std::unique_ptr<FrameTableReader> make_frame_table_reader(Compression compression, ByteCount size) {
  if (size.is_zero()) throw Error(ErrorKind::corrupt, "the file is empty: it is not a compressed file");
  return compression == Compression::xz ? make_xz_reader(size) : make_zstd_reader(size);
}

std::vector<std::byte> decompress(Compression compression, const Frame& frame, std::span<const std::byte> stored) {
  if (stored.size() != frame.stored.size().value || stored.empty()) {
    throw Error(ErrorKind::corrupt, "fewer bytes came than a frame has");
  }
  if (frame.content.empty() || frame.content.size() > kLargestFrame) {
    throw Error(ErrorKind::corrupt, "a frame has no content, or more than is accepted");
  }
  return compression == Compression::xz ? decompress_xz(frame, stored) : decompress_zstd(frame, stored);
}

}  // namespace rimfs::archives
