// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "base/byte_range.h"
#include "base/thread_safety.h"
#include "cache/disk/file.h"
#include "image/image.h"

namespace rimfs::cli {

/// Reads an image from `begin` to its end with several threads and writes what is not zero to a file, if there is one.
/// Made, watched and destroyed by one thread.
class CopyJob {
 public:
  /// `target` may be null; it outlives the job, as does the engine that the image belongs to.
  CopyJob(std::shared_ptr<image::Image> image, cache::disk::File* target, Offset begin);
  /// Stops and waits for the threads.
  ~CopyJob();
  CopyJob(const CopyJob&) = delete;
  CopyJob& operator=(const CopyJob&) = delete;

  /// Bytes done so far, wherever they are.
  ByteCount done() const { return {done_.load(std::memory_order_relaxed)}; }
  /// Everything before this is done.
  Offset complete_to() const;
  /// The first error; nothing while all goes well.
  std::optional<Error> failure() const;
  /// Waits for the end, or for `time`; true at the end.
  bool wait(std::chrono::milliseconds time);
  /// The threads end soon; reads that wait for the network are given up.
  void stop();

 private:
  void work();
  std::optional<ByteRange> next_piece();
  void read(ByteRange piece, std::vector<std::byte>& bytes);
  void write(ByteRange piece, std::span<const std::byte> bytes);
  void finished(ByteRange piece);

  // Constant after construction.
  const std::shared_ptr<image::Image> image_;
  const std::shared_ptr<image::OpenFile> handle_;
  cache::disk::File* const target_;

  std::atomic<std::uint64_t> done_{0};

  mutable Mutex mutex_;
  std::condition_variable_any ended_;
  Offset next_ RIMFS_GUARDED_BY(mutex_);
  Offset complete_to_ RIMFS_GUARDED_BY(mutex_);
  std::set<std::uint64_t> beyond_ RIMFS_GUARDED_BY(mutex_);  // where pieces begin that are done out of order
  std::optional<Error> failure_ RIMFS_GUARDED_BY(mutex_);
  std::size_t working_ RIMFS_GUARDED_BY(mutex_) = 0;
  bool stopping_ RIMFS_GUARDED_BY(mutex_) = false;
  std::set<std::uint64_t> tickets_ RIMFS_GUARDED_BY(mutex_);  // of reads under way

  std::vector<std::thread> threads_;
};

}  // namespace rimfs::cli
