// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/joining_thread.h"
#include "base/log.h"
#include "base/thread_safety.h"
#include "cache/block.h"
#include "cache/disk/folder.h"
#include "cache/disk/image_store.h"
#include "cache/disk/space.h"

namespace rimfs::cache::disk {

/// The persistent tier of the cache: one ImageStore for each image, in one directory that several processes can share,
/// with one hard limit. A thread of its own writes and never delays a reader: blocks that exceed its queue are not
/// written. The same thread closes unused stores and retries the write lock of stores that another process held. A disk
/// failure ends the writing with one warning; stored blocks are still read. The log and state() give the reason when
/// nothing is stored. Outlives its stores. Any thread.
class DiskCache {
 public:
  /// Opens or makes the directory. `longest_queue` is the number of blocks that may be queued; each keeps its memory
  /// until it is written. `now` is the clock for the times of use. Throws Error{misuse} for a directory that other
  /// users may write to, and Error{system}.
  DiskCache(const std::string& directory, ByteCount limit, Geometry geometry, std::size_t longest_queue, Log& log,
            ImageStore::Now now = ImageStore::Clock::now);
  /// Writes the queued blocks.
  ~DiskCache();

  /// Opens the store of an image; null, after one warning, when it cannot be used. Takes up to the time of reading or
  /// closing the image's index, so it must not run on the reactor.
  std::shared_ptr<ImageStore> open(const ImageKey& key);

  /// The last stored version of a whole file for this request, in blocks of this cache's size. If there is none: the
  /// only version with a strong entity tag that is stored for the place, because credentials may have been renewed.
  /// Nothing when neither exists. Reads every store's identity, so it must not run on the reactor. Throws Error.
  std::optional<ImageKey> last_version(const ImageId& place, const ImageId& request) const;

  /// False when the cache is so full that another block would cause an eviction.
  bool has_space() const { return space_.last_used() + geometry_.block <= space_.watermarks().high(); }

  /// Queues the present chunks of a block for writing, except those in `leave_out`. Returns false when the queue is
  /// full: retry later.
  bool save(const std::shared_ptr<ImageStore>& store, std::uint32_t block, BlockRef held, std::uint64_t leave_out = 0);
  /// Queues chunks of a block that are zeros and have no memory.
  bool save_zeros(const std::shared_ptr<ImageStore>& store, std::uint32_t block, std::uint64_t chunks);
  /// Removes all blocks of the store, after its queued writes. Needed when more is known about the version than the
  /// store's name contains: without that knowledge it could not be distinguished from another version. A store that
  /// another process writes is left unchanged.
  void clear(std::shared_ptr<ImageStore> store);
  /// Removes the limit of the queue, because no other component needs the memory any more.
  void lift_limit();

  /// Logs once that the image at `url` cannot be stored, because its versions cannot be distinguished.
  void report_not_stored(const std::string& url);
  /// Logs that a block of this store has a wrong checksum.
  void report_bad(const ImageStore& store, std::uint32_t block);

  /// The state for display: "caching", or the reason why nothing is stored now.
  std::string state() const;

  /// Waits until all queued blocks are written and durable, and unused stores are closed. For tests and shutdown.
  void flush();

 private:
  Mutex opening_;  // locked before mutex_; held while a store is made or an index is read
  std::shared_ptr<ImageStore> open_for_reading(const ImageKey& key);
  std::vector<std::shared_ptr<ImageStore>> writable_stores();
  /// Opens the directory of a store that is not open in this process.
  using OpenDirectory = std::function<Directory()>;
  std::shared_ptr<ImageStore> store_named(const std::string& name, const OpenDirectory& open, const ImageKey& key,
                                          Geometry geometry) RIMFS_REQUIRES(opening_);
  std::shared_ptr<ImageStore> known_store(const std::string& name);
  std::shared_ptr<ImageStore> shared(const std::string& name, std::unique_ptr<ImageStore> store) RIMFS_REQUIRES(mutex_);
  void close_later(const std::string& name, std::unique_ptr<ImageStore> unused);
  std::unique_ptr<ImageStore> next_unused(std::string& name) RIMFS_REQUIRES(mutex_);
  void close_one(const std::string& name, std::unique_ptr<ImageStore> unused);
  struct Job {
    std::shared_ptr<ImageStore> store;
    std::uint32_t block = 0;
    BlockRef held;
    std::uint64_t zeros = 0;      ///< Chunks of zeros, when no block is held.
    std::uint64_t leave_out = 0;  ///< Chunks of the held block that are not written.
    bool clear = false;           ///< Removes the store's content instead of writing.
  };
  void write_all();
  bool enqueue(Job job);
  void write_one(Job& job);
  void commit_all();
  void make_room();
  void evict(ByteCount free);
  void log_state(bool again, const std::string& why);
  void note_free_space(bool low);
  void note_limit(bool reached);
  void maintain();
  void try_to_write_again();
  bool is_broken() const;
  void give_up_writing(const Error& error);

  // Constant after construction.
  const Folder folder_;
  const Geometry geometry_;
  const std::size_t longest_queue_;
  Log& log_;
  const ImageStore::Now now_;
  Space space_;

  // The writer only.
  std::vector<std::shared_ptr<ImageStore>> written_;  // stores written since the last commit
  bool low_on_space_ = false;
  bool limit_reached_ = false;
  bool space_reported_ = false;  // the first message is a warning, later ones have a lower level
  bool limit_reported_ = false;
  std::chrono::steady_clock::time_point maintain_at_;
  std::size_t writes_until_eviction_ = 0;  // set after an eviction that freed too little
  std::vector<std::byte> zeros_;           // a block of zeros, allocated when it is needed

  std::atomic<unsigned> damage_reported_{0};

  mutable Mutex mutex_;
  std::condition_variable_any work_;
  std::condition_variable_any done_;
  std::deque<Job> queue_ RIMFS_GUARDED_BY(mutex_);
  bool unlimited_ RIMFS_GUARDED_BY(mutex_) = false;
  std::set<std::string> not_stored_ RIMFS_GUARDED_BY(mutex_);  // URLs already reported; bounded
  bool busy_ RIMFS_GUARDED_BY(mutex_) = false;
  unsigned flushing_ RIMFS_GUARDED_BY(mutex_) = 0;  // threads in flush(): nothing waits for more to commit
  bool stopping_ RIMFS_GUARDED_BY(mutex_) = false;
  std::string failure_ RIMFS_GUARDED_BY(mutex_);  // why writing has ended; empty while it has not
  std::string pause_ RIMFS_GUARDED_BY(mutex_);    // why writing is paused; empty while it is not
  /// A store of this process, from its opening until it is closed.
  struct Known {
    std::weak_ptr<ImageStore> shared;
    std::unique_ptr<ImageStore> unused;  // queued to be closed
  };
  std::map<std::string, Known> stores_ RIMFS_GUARDED_BY(mutex_);  // by name
  std::deque<std::string> unused_ RIMFS_GUARDED_BY(mutex_);       // names of stores that are queued to be closed

  JoiningThread writer_;  // last: it uses the members above
};

}  // namespace rimfs::cache::disk
