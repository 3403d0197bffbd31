// SPDX-License-Identifier: MIT
#pragma once

#include <deque>

#include "base/byte_range.h"
#include "base/file.h"

namespace rimfs::cache::disk {

/// Keeps what is written to a file from filling the page cache: the newest range is sent to the disk at once, the
/// oldest of eight is waited for and its pages are dropped (as nbdcopy and nbdkit's file plugin do). One thread. Throws
/// Error{system} when something written earlier did not reach the disk: after that nobody else is told.
class WriteWindows {
 public:
  /// The file's bytes of this range were just written.
  void wrote(const File& file, ByteRange range);
  /// Waits for all and drops their pages.
  void finish(const File& file);

 private:
  /// Enough to keep a disk busy while the oldest is waited for.
  static constexpr std::size_t kWindows = 8;
  void drop_oldest(const File& file);

  std::deque<ByteRange> windows_;
};

/// Drops the file's pages of this range, which was only read.
void forget_pages(const File& file, ByteRange range);

}  // namespace rimfs::cache::disk
