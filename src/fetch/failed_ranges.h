// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/byte_range.h"
#include "base/error.h"

namespace rimfs::fetch {

/// Reads that have just failed. A read of the same range fails at once, for a moment: the kernel requests the page of a
/// failed readahead again, and its reader would otherwise wait for a second deadline. Pure; one thread.
class FailedRanges {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Long enough for the kernel's second request on a busy machine, short enough that a user does not notice it.
  static constexpr std::chrono::seconds kMoment{1};
  /// The most failures that are remembered; the oldest are dropped.
  static constexpr std::size_t kMost = 1024;

  void add(std::uint32_t file, ByteRange range, const Error& error, Time now) {
    while (!failed_.empty() && (failed_.front().until <= now || failed_.size() >= kMost)) failed_.pop_front();
    failed_.push_back({file, range, error, now + kMoment});
  }
  /// The error of a read that failed just now and covered all of `range`.
  std::optional<Error> find(std::uint32_t file, ByteRange range, Time now) const {
    for (const Failed& one : failed_) {
      if (one.file == file && one.until > now && one.range.contains(range)) return one.error;
    }
    return std::nullopt;
  }
  /// Drops the failures of a file that is opened again: the new reader gets a fresh attempt.
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
