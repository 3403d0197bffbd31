// SPDX-License-Identifier: MIT
#pragma once

#include <map>

#include "traces/access_trace.h"

namespace rimfs::traces {

/// One read of an image.
struct Read {
  ByteRange range;
  std::uint64_t number = 0;  ///< The number of earlier reads of the image. Concurrent reads can have the same number.
  /// When the read's stream reads as a copy does: the whole range that the stream has passed, and the number of its
  /// first read. Otherwise empty.
  ByteRange copied = {};
  std::uint64_t copied_since = 0;
};

/// Makes the trace of an image from its reads. Each byte is recorded at its first use. Reads of a copy are not
/// recorded, except for its beginning, because readahead fetches the rest; bytes that were needed before the copy
/// remain. Recording ends when the trace has reached its limit: the first needs are those that a reader waits for one
/// after the other. Pure: no clock, no I/O. One thread at a time.
class Recording {
 public:
  explicit Recording(ByteCount image_size) : size_(image_size) {}

  /// Adds a read. Returns true when the trace has changed.
  bool observe(const Read& read);

  /// The trace; adjacent ranges are joined. When most of the image was copied, it contains only the ranges needed
  /// before, because copies by several readers have many beginnings.
  AccessTrace trace() const;

 private:
  struct Piece {
    Offset end;
    std::uint64_t number;  // the number of the read that needed it first
  };
  bool add(ByteRange range, std::uint64_t number);
  bool leave_out(ByteRange range, std::uint64_t since);

  const ByteCount size_;
  std::map<Offset, Piece> pieces_;  // by begin; not overlapping
  ByteCount bytes_;                 // the sum over all pieces
  ByteCount copied_;                // bytes read by copies; bytes read twice count twice
  std::uint64_t first_copy_ = UINT64_MAX;
};

}  // namespace rimfs::traces
