// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "archives/frames.h"

namespace rimfs::archives {

/// The largest stored size of a frame that is accepted: data that cannot be compressed, of the largest content, with
/// what xz (3 bytes in 64 KiB) and zstd (less than 1 in 256) add. So a read of one byte costs no more than that.
constexpr ByteCount kLargestStored = kLargestFrame + 2_MiB;

/// Collects the frames of one file in their order, and holds them against the limits. One thread.
class FrameList {
 public:
  explicit FrameList(Compression compression) { table_.compression = compression; }

  /// The next frame. One without content is left out. Throws Error{corrupt} when its sizes contradict each other,
  /// Error{unsupported} when there are too many.
  void add(ByteRange stored, ByteCount content, std::uint32_t check, bool has_check);
  /// The frames; the list is empty afterwards. Throws Error{unsupported}, with what to do, when one is too large.
  FrameTable finish();

 private:
  FrameTable table_;
  ByteCount largest_;
};

}  // namespace rimfs::archives
