// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>

#include "base/directory.h"
#include "base/thread_safety.h"
#include "base/units.h"

namespace rimfs::cache::disk {

/// The fill levels of the cache. A plain value; pure.
struct Watermarks {
  ByteCount limit;

  /// The limit for data. The rest is for block maps of the file system, which count as part of the files.
  ByteCount ceiling() const { return limit / 100 * 99; }
  /// Eviction begins above `high` and continues down to `low`, so that it works in batches while writers have free
  /// space.
  ByteCount high() const { return limit / 100 * 95; }
  ByteCount low() const { return limit / 100 * 90; }
};

/// The bytes that all processes together use in a cache directory: a number in the file "space". It is read and written
/// under a lock and never mapped, because the file may be truncated at any time; a damaged number is counted anew.
/// Space is reserved before it is written, so the limit always holds. recount() removes reservations that a killed
/// process did not use; any process may call it while no Change exists. Any thread, any process. Throws Error{system},
/// and Error{timed_out} when a stopped process keeps a lock.
class Space {
 public:
  /// `count` returns the space that is really used. It is called now, unless other processes are writing at this
  /// moment, and by recount().
  Space(const Directory& directory, ByteCount limit, std::function<ByteCount()> count);
  Space(const Space&) = delete;
  Space& operator=(const Space&) = delete;

  const Watermarks& watermarks() const { return watermarks_; }
  ByteCount used();
  /// The number as this process last read it; never waits.
  ByteCount last_used() const { return {last_used_.load(std::memory_order_relaxed)}; }
  /// Returns false when the bytes exceed the limit.
  bool reserve(ByteCount bytes);
  void give_back(ByteCount bytes);

  /// While an object exists, the reserved and the used space may differ, and no process recounts. It must exist from
  /// before reserve() until the bytes are written, and from before a hole is punched until give_back().
  class Change {
   public:
    explicit Change(Space& space) : space_(space) { space_.begin_change(); }
    ~Change() { space_.end_change(); }
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;

   private:
    Space& space_;
  };

  /// Sets the number to the space that is really used. Returns false while a Change exists in any process: retry later.
  bool recount();
  /// Throws Error{system} when the file was removed: writes of other processes are then no longer counted.
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

  mutable Mutex mutex_;  // held briefly, or while another process holds the file's locks
  File file_ RIMFS_GUARDED_BY(mutex_);
  unsigned changes_ RIMFS_GUARDED_BY(mutex_) = 0;
};

}  // namespace rimfs::cache::disk
