// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <optional>
#include <span>

#include "base/byte_range.h"
#include "base/file.h"
#include "base/joining_thread.h"
#include "base/thread_safety.h"
#include "cli/copy_source.h"
#include "cli/partial_copy.h"

namespace rimfs::cli {

/// Reads a file from where it is complete to its end with several threads and writes what is not zero to another, if
/// there is one. What is known to be zero is not read. Made, watched and destroyed by one thread; the destructor stops
/// the threads and waits for them.
class CopyJob {
 public:
  /// `source` and `target`, which may be null, outlive the job.
  CopyJob(CopySource& source, File* target, const Complete& begin);
  CopyJob(const CopyJob&) = delete;
  CopyJob& operator=(const CopyJob&) = delete;

  /// Bytes done so far, wherever they are.
  ByteCount done() const { return {done_.load(std::memory_order_relaxed)}; }
  /// Everything before this is done, and its sum.
  Complete complete() const;
  /// The first error; nothing while all goes well.
  std::optional<Error> failure() const;
  /// Waits for the end, or for `time`; true at the end.
  bool wait(std::chrono::milliseconds time);
  /// The threads end soon; reads that wait for the network are given up.
  void stop();

 private:
  void work();
  std::optional<ByteRange> next_piece();
  void write(ByteRange piece, std::span<const std::byte> bytes);
  void skip_known_zeros() RIMFS_REQUIRES(mutex_);
  void finished(ByteRange piece, std::uint64_t sum);
  void advance() RIMFS_REQUIRES(mutex_);

  // Constant after construction.
  CopySource& source_;
  const Offset end_;
  File* const target_;

  std::atomic<std::uint64_t> done_{0};

  mutable Mutex mutex_;
  std::condition_variable_any ended_;
  Offset next_ RIMFS_GUARDED_BY(mutex_);
  Complete complete_ RIMFS_GUARDED_BY(mutex_);
  /// A piece that is done, or several that are known zeros.
  struct Done {
    Offset end;
    std::optional<std::uint64_t> sum;  // of a piece that was read
  };
  std::map<Offset, Done> beyond_ RIMFS_GUARDED_BY(mutex_);  // what is done out of order, by its begin
  std::optional<Error> failure_ RIMFS_GUARDED_BY(mutex_);
  std::size_t working_ RIMFS_GUARDED_BY(mutex_);
  bool stopping_ RIMFS_GUARDED_BY(mutex_) = false;

  ThreadGroup threads_;  // last: its threads use the members above
};

}  // namespace rimfs::cli
