// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "base/thread_safety.h"
#include "base/units.h"

namespace rimfs::fs {

/// Long answers to questions that are asked with extended attributes, whose values are short: the kernel's limit is 64
/// KiB (xattr(7)). An answer is kept for a minute in parts, each of which is read as an attribute of its own. Memory is
/// bounded: the oldest answers are dropped. Synchronises itself; any thread.
class AnswerParts {
 public:
  using Clock = std::chrono::steady_clock;

  /// What remains below the kernel's limit.
  static constexpr std::size_t kPartBytes = 60'000;
  /// 250,000 virtual machines.
  static constexpr ByteCount kMostKept = 128_MiB;
  static constexpr std::chrono::seconds kKept{60};

  /// Where to read an answer. A value.
  struct Receipt {
    std::uint64_t answer;
    std::size_t parts;
  };

  /// Keeps an answer. An empty one has one part.
  Receipt keep(std::string text, Clock::time_point now);
  /// A part, from 0. Nothing when there is no such part, or the answer was dropped.
  std::optional<std::string> part(std::uint64_t answer, std::size_t number, Clock::time_point now);

 private:
  struct Kept {
    std::uint64_t answer;
    std::string text;
    Clock::time_point until;
  };
  void drop(Clock::time_point now) RIMFS_REQUIRES(mutex_);

  Mutex mutex_;
  std::uint64_t last_ RIMFS_GUARDED_BY(mutex_) = 0;
  std::deque<Kept> kept_ RIMFS_GUARDED_BY(mutex_);  // the oldest first
  ByteCount bytes_ RIMFS_GUARDED_BY(mutex_);
};

}  // namespace rimfs::fs
