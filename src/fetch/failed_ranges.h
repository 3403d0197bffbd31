// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/byte_range.h"
#include "base/error.h"

namespace rimfs::fetch {

/// Reads that have just failed: the same question fails again at once, for a moment. The kernel asks a second time for
/// the page of a readahead that failed, and its reader would otherwise wait for a second deadline. Pure; one thread.
class FailedRanges {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Long enough for the kernel to ask again on a busy machine, short enough for a person not to notice.
  static constexpr std::chrono::seconds kMoment{1};
  /// Of many reads that fail at once the newest are remembered.
  static constexpr std::size_t kMost = 1024;

  void add(std::uint32_t file, ByteRange range, const Error& error, Time now) {
    while (!failed_.empty() && (failed_.front().until <= now || failed_.size() >= kMost)) failed_.pop_front();
    failed_.push_back({file, range, error, now + kMoment});
  }
  /// How a read that covered all of `range` failed just now.
  std::optional<Error> find(std::uint32_t file, ByteRange range, Time now) const {
    for (const Failed& one : failed_) {
      if (one.file == file && one.until > now && one.range.contains(range)) return one.error;
    }
    return std::nullopt;
  }
  /// Somebody opens the file again, and is to have a fresh answer.
  void forget(std::uint32_t file) {
    std::erase_if(failed_, [file](const Failed& one) { return one.file == file; });
  }

 private:
  struct Failed {
    std::uint32_t file;
    ByteRange range;
    Error error;
    Time until;
  };
  std::deque<Failed> failed_;  // the oldest first
};

}  // namespace rimfs::fetch
