// SPDX-License-Identifier: MIT
#pragma once

#include <deque>

#include "base/byte_range.h"
#include "base/file.h"

namespace rimfs::cache::disk {

/// Keeps written data from filling the page cache: write-back of the newest range starts at once; the oldest of eight
/// ranges is waited for, and its pages are dropped (as nbdcopy and nbdkit's file plugin do). One thread. Throws
/// Error{system} when an earlier write did not reach the disk; the system does not report that error again.
class WriteWindows {
 public:
  /// Records that this range of the file was just written.
  void wrote(const File& file, ByteRange range);
  /// Waits for all ranges and drops their pages.
  void finish(const File& file);

 private:
  /// Enough ranges to keep a disk busy while the oldest is waited for.
  static constexpr std::size_t kWindows = 8;
  void drop_oldest(const File& file);

  std::deque<ByteRange> windows_;
};

/// Drops the file's cached pages of this range.
void forget_pages(const File& file, ByteRange range);

}  // namespace rimfs::cache::disk
