// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

#include "base/units.h"

namespace rimfs::cli {

/// Reports on the standard error how far a copy is, its rate and the remaining time: on a terminal in one line that is
/// rewritten, elsewhere in a new line at intervals. One thread.
class Progress {
 public:
  /// `begin`: the end of the part that an earlier run copied.
  Progress(ByteCount size, Offset begin);

  /// `done`: the bytes of this run. Writes nothing when the last report is recent.
  void tell(ByteCount done);
  void end(ByteCount done) const;

 private:
  using Clock = std::chrono::steady_clock;
  std::string line(ByteCount done) const;

  const ByteCount size_;
  const Offset begin_;
  const bool terminal_;
  const Clock::time_point start_;
  Clock::time_point reported_at_;
};

}  // namespace rimfs::cli
