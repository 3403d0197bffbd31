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

/// The persistent tier of the cache: one ImageStore an image, below one directory that several processes may share,
/// with a hard limit over all. Writing happens on a thread of its own and never delays a reader: what does not fit into
/// its queue is not written. The same thread closes the stores that nobody uses any more, and asks again for those that
/// another process wrote when they were opened. A disk that fails ends the writing with one warning; what is stored is
/// still read. A cache that does not cache says why, in the log and in state(). Outlives its stores. Any thread.
class DiskCache {
 public:
  /// Opens or makes the directory. `longest_queue`: blocks that may wait to be written; each keeps its memory until
  /// then. Throws Error{misuse} for a directory that others may write to, Error{system}.
  DiskCache(const std::string& directory, ByteCount limit, Geometry geometry, std::size_t longest_queue, Log& log);
  /// Writes what is queued.
  ~DiskCache();

  /// The store of an image; null, after one warning, when it cannot be used. May take as long as reading the image's
  /// index, or as closing it: not for the reactor.
  std::shared_ptr<ImageStore> open(const ImageKey& key);

  /// The version of a whole file that was stored last for this request, in blocks of this cache's size. When there is
  /// none, the only version that is stored of the place, if its entity tag is strong: credentials are renewed. Nothing
  /// when neither is there. Looks at every store's identity: not for the reactor. Throws Error.
  std::optional<ImageKey> last_version(const ImageId& place, const ImageId& request) const;

  /// False when the cache is so full that a block more would cost others theirs.
  bool has_room() const { return space_.last_used() + geometry_.block <= space_.watermarks().high(); }

  /// Queues what is present of a block to be written, but for the chunks in `leave_out`. False when the writer is
  /// behind: try again later.
  bool save(const std::shared_ptr<ImageStore>& store, std::uint32_t block, BlockRef held, std::uint64_t leave_out = 0);
  /// The same for chunks of a block that are zeros, and are nowhere in memory.
  bool save_zeros(const std::shared_ptr<ImageStore>& store, std::uint32_t block, std::uint64_t chunks);
  /// Gives up all that the store has, after what is queued for it: more is known now of the version that it is named
  /// by, and with less it could not be told from another one. What another process writes is left to that one.
  void clear(std::shared_ptr<ImageStore> store);
  /// From now on the queue takes all: nobody else needs the memory any more.
  void lift_limit();

  /// Nothing of the image at `url` can be kept, because nothing tells one version of it from the next. Said once.
  void report_unkept(const std::string& url);
  /// A block of this store had the wrong sum.
  void report_bad(const ImageStore& store, std::uint32_t block);

  /// One word or sentence for people: "caching", or why nothing is kept now.
  std::string state() const;

  /// Waits until all that is queued is written and durable, and what nobody uses is closed. For tests and for programs
  /// that end.
  void flush();

 private:
  Mutex opening_;  // before mutex_; held while a store is made or an index read
  std::shared_ptr<ImageStore> open_to_look(const ImageKey& key);
  std::vector<std::shared_ptr<ImageStore>> writable_stores();
  /// Opens the directory of a store that this process does not have open.
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
    std::uint64_t zeros = 0;      ///< Chunks of zeros, when nothing is held.
    std::uint64_t leave_out = 0;  ///< Chunks of what is held that are not to be written.
    bool clear = false;           ///< Nothing is written; all of the store is given up.
  };
  void write_all();
  bool enqueue(Job job);
  void write_one(Job& job);
  void commit_all();
  void make_room();
  void evict(ByteCount free);
  void tell(bool again, const std::string& why);
  void note_free_space(bool low);
  void note_limit(bool reached);
  void look_around();
  void try_to_write_again();
  bool is_broken() const;
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
  bool limit_reached_ = false;
  bool told_of_space_ = false;  // once with a warning, later with less
  bool told_of_limit_ = false;
  std::chrono::steady_clock::time_point look_at_;
  std::size_t writes_until_eviction_ = 0;  // after one that found too little
  std::vector<std::byte> zeros_;           // a block of them, made when it is needed

  std::atomic<unsigned> damage_told_{0};

  mutable Mutex mutex_;
  std::condition_variable_any work_;
  std::condition_variable_any done_;
  std::deque<Job> queue_ RIMFS_GUARDED_BY(mutex_);
  bool unlimited_ RIMFS_GUARDED_BY(mutex_) = false;
  std::set<std::string> unkept_ RIMFS_GUARDED_BY(mutex_);  // said of these; bounded
  bool busy_ RIMFS_GUARDED_BY(mutex_) = false;
  bool stopping_ RIMFS_GUARDED_BY(mutex_) = false;
  std::string failure_ RIMFS_GUARDED_BY(mutex_);  // why nothing is written any more; empty: it is
  std::string pause_ RIMFS_GUARDED_BY(mutex_);    // why nothing is written now; empty: it is
  /// A store of this process, from its opening until it is closed.
  struct Known {
    std::weak_ptr<ImageStore> shared;
    std::unique_ptr<ImageStore> unused;  // waits to be closed
  };
  std::map<std::string, Known> stores_ RIMFS_GUARDED_BY(mutex_);  // by name
  std::deque<std::string> unused_ RIMFS_GUARDED_BY(mutex_);       // names of those that wait to be closed

  JoiningThread writer_;  // last: it uses the members above
};

}  // namespace rimfs::cache::disk
