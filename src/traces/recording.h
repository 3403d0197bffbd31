// SPDX-License-Identifier: MIT
#pragma once

#include <map>

#include "traces/access_trace.h"

namespace rimfs::traces {

/// One read of an image.
struct Read {
  ByteRange range;
  std::uint64_t number = 0;  ///< How many reads of the image went before. What was read at once may have the same.
  /// All that the read's stream went through, when it reads as a copy does, otherwise empty; and the number of the
  /// stream's first read.
  ByteRange copied = {};
  std::uint64_t copied_since = 0;
};

/// Makes the trace of an image from its reads. Each byte counts where it was needed first. What a copy reads does not
/// count, but for its beginning: readahead brings the rest; what was needed before the copy stays. Ends when the trace
/// is as large as it may be: the first needs are those that a reader waits for one after the other. Pure: no clock, no
/// I/O. One thread at a time.
class Recording {
 public:
  explicit Recording(ByteCount image_size) : size_(image_size) {}

  /// True when the trace is another one now.
  bool observe(const Read& read);

  /// What is to be remembered, what touches as one range. When most of the image was copied, only what was needed
  /// before: copies by several readers have many beginnings.
  AccessTrace trace() const;

 private:
  struct Piece {
    Offset end;
    std::uint64_t number;  // of the read that needed it first
  };
  bool add(ByteRange range, std::uint64_t number);
  bool leave_out(ByteRange range, std::uint64_t since);

  const ByteCount size_;
  std::map<Offset, Piece> pieces_;  // by begin; none overlaps another
  ByteCount bytes_;                 // of all pieces
  ByteCount copied_;                // read by copies, what was read twice counted twice
  std::uint64_t first_copy_ = UINT64_MAX;
};

}  // namespace rimfs::traces
