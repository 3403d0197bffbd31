// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>

#include "base/directory.h"
#include "base/thread_safety.h"
#include "base/units.h"

namespace rimfs::cache::disk {

/// How full the cache may become. A plain value; pure.
struct Watermarks {
  ByteCount limit;

  /// What may be written: a file system notes where a file's pieces are in blocks that count as the file's.
  ByteCount ceiling() const { return limit / 100 * 99; }
  /// Eviction begins above `high` and goes on down to `low`, so that it works in batches while writers have room.
  ByteCount high() const { return limit / 100 * 95; }
  ByteCount low() const { return limit / 100 * 90; }
};

/// The bytes that all processes together have in a cache directory: a number in the file "space", read and written
/// under a lock and never mapped, because the file may be cut at any time. A number that is damaged is counted anew.
/// Reserved before anything is written, so that the limit holds at every moment. What a process reserved and did not
/// write before it was killed is found by recount(), which any other process may do while nobody is in the middle of a
/// Change. Any thread, any process. Throws Error{system}; Error{timed_out} when another process keeps a lock, because
/// it was stopped.
class Space {
 public:
  /// `count` tells what is really there: asked now, unless others are writing at this moment, and by recount().
  Space(const Directory& directory, ByteCount limit, std::function<ByteCount()> count);
  Space(const Space&) = delete;
  Space& operator=(const Space&) = delete;

  const Watermarks& watermarks() const { return watermarks_; }
  ByteCount used();
  /// As this process saw it last: never waits.
  ByteCount last_used() const { return {last_used_.load(std::memory_order_relaxed)}; }
  /// False when it does not fit below the limit.
  bool reserve(ByteCount bytes);
  void give_back(ByteCount bytes);

  /// While it lives, what is reserved and what is really there may differ, and nobody counts: from before reserve()
  /// until the bytes are written, and from before a hole is punched until give_back().
  class Change {
   public:
    explicit Change(Space& space) : space_(space) { space_.begin_change(); }
    ~Change() { space_.end_change(); }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;

   private:
    Space& space_;
  };

  /// Sets the number to what is really there. False when somebody is in the middle of a change: try again later.
  bool recount();
  /// Throws Error{system} when the file was removed: what others write is no longer seen.
  void check() const;

 private:
  void begin_change();
  void end_change() noexcept;
  ByteCount read_number() RIMFS_REQUIRES(mutex_);
  void write_number(ByteCount used) RIMFS_REQUIRES(mutex_);

  // Constant after construction.
  const Watermarks watermarks_;
  const std::function<ByteCount()> count_;

  std::atomic<std::uint64_t> last_used_{0};

  mutable Mutex mutex_;  // held for a moment, or while another process holds the file's locks
  File file_ RIMFS_GUARDED_BY(mutex_);
  unsigned changes_ RIMFS_GUARDED_BY(mutex_) = 0;
};

}  // namespace rimfs::cache::disk
