// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

#include "base/units.h"

namespace rimfs::cli {

/// Tells on the standard error how far a copy is, how fast it goes and how long it will take: a line that is written
/// over on a terminal, now and then a line elsewhere. One thread.
class Progress {
 public:
  /// `begin`: what was there before.
  Progress(ByteCount size, Offset begin);

  /// `done`: bytes since the beginning. Says nothing when it said something a moment ago.
  void tell(ByteCount done);
  void end(ByteCount done) const;

 private:
  using Clock = std::chrono::steady_clock;
  std::string line(ByteCount done) const;

  const ByteCount size_;
  const Offset begin_;
  const bool terminal_;
  const Clock::time_point start_;
  Clock::time_point told_;
};

}  // namespace rimfs::cli
