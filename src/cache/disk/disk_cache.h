// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/thread_safety.h"
#include "cache/block.h"
#include "cache/disk/folder.h"
#include "cache/disk/image_store.h"
#include "cache/disk/space.h"

namespace rimfs::cache::disk {

/// The persistent tier of the cache: one ImageStore an image, below one directory that several processes may share,
/// with a hard limit over all. Writing happens on a thread of its own and never delays a reader: what does not fit into
/// its queue is not written. A disk that fails ends the writing with one warning; reading goes on without it. Any
/// thread.
class DiskCache {
 public:
  /// Opens or makes the directory. `longest_queue`: blocks that may wait to be written; each keeps its memory until
  /// then. Throws Error{misuse} for a directory that others may write to, Error{system}.
  DiskCache(const std::string& directory, ByteCount limit, Geometry geometry, std::size_t longest_queue, Log& log);
  /// Writes what is queued.
  ~DiskCache();

  /// The store of an image; null, after one warning, when the disk does not let us. May take as long as reading the
  /// image's index: not for the reactor.
  std::shared_ptr<ImageStore> open(const ImageKey& key);

  /// The version of the file at `url` that was stored last, in blocks of this cache's size; nothing when there is none.
  /// Looks at every store's identity: not for the reactor. Throws Error.
  std::optional<ImageKey> last_version(const std::string& url) const;

  /// False when the cache is so full that a block more would cost others theirs.
  bool has_room() const { return space_.used() + geometry_.block <= space_.watermarks().high(); }

  /// Queues what is present of a block to be written. False when the writer is behind: try again later.
  bool save(const std::shared_ptr<ImageStore>& store, std::uint32_t block, BlockRef held);
  /// The same for chunks of a block that are zeros, and are nowhere in memory.
  bool save_zeros(const std::shared_ptr<ImageStore>& store, std::uint32_t block, std::uint64_t chunks);
  /// From now on the queue takes all: nobody else needs the memory any more.
  void lift_limit();

  /// A block of this store had the wrong sum.
  void report_bad(const ImageStore& store, std::uint32_t block);

  /// Waits until all that is queued is written and durable. For tests and for programs that end.
  void flush();

 private:
  Mutex opening_;  // before mutex_; held while a store is made or an index read
  std::shared_ptr<ImageStore> open_store(const ImageKey& key);
  std::vector<std::shared_ptr<ImageStore>> writable_stores();
  std::shared_ptr<ImageStore> store_in(const std::string& folder, const ImageKey& key, Geometry geometry)
      RIMFS_REQUIRES(opening_);
  struct Job {
    std::shared_ptr<ImageStore> store;
    std::uint32_t block = 0;
    BlockRef held;
    std::uint64_t zeros = 0;  ///< Chunks of zeros, when nothing is held.
  };
  void write_all();
  bool enqueue(Job job);
  void write_one(Job& job);
  void commit_all();
  void make_room();
  void watch_space();
  void give_up_writing(const Error& error);

  // Constant after construction.
  const Folder folder_;
  const Geometry geometry_;
  const std::size_t longest_queue_;
  Log& log_;
  Space space_;

  // The writer only.
  std::vector<std::shared_ptr<ImageStore>> written_;  // since the last commit
  bool low_on_space_ = false;
  std::size_t writes_until_eviction_ = 0;  // after one that found too little
  std::vector<std::byte> zeros_;           // a block of them, made when it is needed

  mutable Mutex mutex_;
  std::condition_variable_any work_;
  std::condition_variable_any done_;
  std::deque<Job> queue_ RIMFS_GUARDED_BY(mutex_);
  bool unlimited_ RIMFS_GUARDED_BY(mutex_) = false;
  bool busy_ RIMFS_GUARDED_BY(mutex_) = false;
  bool stopping_ RIMFS_GUARDED_BY(mutex_) = false;
  bool broken_ RIMFS_GUARDED_BY(mutex_) = false;
  std::map<std::string, std::weak_ptr<ImageStore>> stores_ RIMFS_GUARDED_BY(mutex_);  // by folder

  std::thread writer_;
};

}  // namespace rimfs::cache::disk
