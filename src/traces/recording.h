// SPDX-License-Identifier: MIT
#pragma once

#include <map>

#include "traces/access_trace.h"

namespace rimfs::traces {

/// Makes the trace of an image from its reads. Each byte counts where it was needed first; what was needed later and
/// touches it comes along. Ends when the trace is as large as it may be: the first needs are those that a reader waits
/// for one after the other. Pure: no clock, no I/O. One thread at a time.
class Recording {
 public:
  explicit Recording(ByteCount image_size) : size_(image_size) {}

  /// `copied`: all that this read's stream went through, when it reads as a copy does, otherwise empty. Of that only
  /// the beginning counts: readahead brings the rest. True when the trace is another one now.
  bool observe(ByteRange read, ByteRange copied);

  /// What is to be remembered: nothing when most of the image was copied. That says not what somebody needs first.
  AccessTrace trace() const;

 private:
  struct Run {
    Offset end;
    std::uint64_t order;
  };
  bool add(ByteRange range);
  bool leave_out(ByteRange range);

  const ByteCount size_;
  std::map<Offset, Run> runs_;  // by begin; neither overlapping nor touching, unless cut by leave_out()
  ByteCount bytes_;             // of all runs
  ByteCount copied_;            // read by copies, those read twice counted twice
  std::uint64_t next_order_ = 0;
};

}  // namespace rimfs::traces
