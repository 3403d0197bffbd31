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

/// Copies the rest of a file with several threads, and writes the parts that are not zero to `target`, if there is one.
/// Does not read known zeros. Used and destroyed by the thread that made it. The destructor stops the threads and waits
/// for them. An error ends the job; failure() returns it.
class CopyJob {
 public:
  /// `source` and `target`, which may be null, outlive the job.
  CopyJob(CopySource& source, File* target, const Complete& begin);
  CopyJob(const CopyJob&) = delete;
  CopyJob& operator=(const CopyJob&) = delete;

  /// The number of bytes that are done, including those out of order.
  ByteCount done() const { return {done_.load(std::memory_order_relaxed)}; }
  /// The end and the sum of the part that is complete from the beginning.
  Complete complete() const;
  /// The first error, if any.
  std::optional<Error> failure() const;
  /// Waits for the end, or for `time`. True at the end.
  bool wait(std::chrono::milliseconds time);
  /// Ends the threads soon, and cancels reads that wait for the network.
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
  /// A piece that is done, or a range of known zeros.
  struct Done {
    Offset end;
    std::optional<std::uint64_t> sum;  // set for a piece that was read
  };
  std::map<Offset, Done> beyond_ RIMFS_GUARDED_BY(mutex_);  // done out of order, by their begin
  std::optional<Error> failure_ RIMFS_GUARDED_BY(mutex_);
  std::size_t working_ RIMFS_GUARDED_BY(mutex_);
  bool stopping_ RIMFS_GUARDED_BY(mutex_) = false;

  ThreadGroup threads_;  // last, because its threads use the members above
};

}  // namespace rimfs::cli
