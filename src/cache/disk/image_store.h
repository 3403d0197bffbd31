// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/byte_range.h"
#include "base/directory.h"
#include "base/thread_safety.h"
#include "cache/disk/block_reader.h"
#include "cache/disk/block_table.h"
#include "cache/disk/eviction.h"
#include "cache/disk/index_log.h"
#include "cache/disk/space.h"
#include "cache/disk/write_windows.h"
#include "cache/image_key.h"

namespace rimfs::cache::disk {

/// What the disk holds of one image: a sparse file with each block at its own place, and the index that says which
/// chunks of it are there and what they sum up to. Only what the index says counts. The first process that opens it may
/// write; others read what was there when they opened it, and the sums tell them when the writer evicted it since. They
/// may ask again whether they may write now. load() may be called by any thread, the rest by the disk cache's writer
/// only. Throws Error{system}.
class ImageStore {
 public:
  enum class Access {
    write,  ///< Unless another process writes there.
    look,   ///< Changes nothing, and keeps nobody from writing.
  };

  using Clock = std::chrono::system_clock;

  /// Opens or begins the store in `folder`. `now` says when blocks are used.
  ImageStore(Directory folder, const ImageKey& key, Geometry geometry, Space& space, Access access = Access::write,
             std::function<Clock::time_point()> now = Clock::now);
  /// Notes in the index when blocks were last read, for whoever evicts later.
  ~ImageStore();
  ImageStore(const ImageStore&) = delete;
  ImageStore& operator=(const ImageStore&) = delete;

  const ImageKey& key() const { return key_; }
  /// Any thread.
  bool may_write() const { return may_write_.load(std::memory_order_acquire); }
  /// When the process that wrote here has ended: reads again what is there, and writes from now on. True when this
  /// process may write.
  bool try_to_write();

  /// The chunks of a block that are here, zeros included. Any thread.
  std::uint64_t chunks_of(std::uint32_t block) const;
  /// All chunks known to be zero, told block by block. Any thread.
  void each_zero(const std::function<void(std::uint32_t block, std::uint64_t chunks)>& tell) const;

  struct Loaded {
    std::uint64_t chunks = 0;  ///< Those that are in memory now.
    bool damaged = false;      ///< What the index tells of could not be read, or was not what was written.
  };
  /// Reads the chunks `wanted` of a block into the block's memory at `memory`, and checks all that the disk has of the
  /// block. When that cannot be read or the sum is wrong the block is forgotten; it is damaged unless it was given up
  /// meanwhile, here or, as far as those can know that only read, by the process that writes. Any thread; blocks.
  Loaded load(std::uint32_t block, std::uint64_t wanted, std::byte* memory);

  /// Writes what is new of a block: `present` chunks of the memory at `memory`. Known to load() after commit().
  /// False when there is no room for it.
  bool save(std::uint32_t block, std::uint64_t present, const std::byte* memory);
  /// Makes everything saved durable: the data first, then the index. What was saved since the last commit is lost when
  /// this or save() throws; its room stays reserved until somebody counts anew.
  void commit();

  /// Adds the blocks that may be given up, as those of store number `store`.
  void add_candidates(std::uint32_t store, std::vector<EvictionCandidate>& candidates) const;
  /// Gives up these blocks. Gives what became free.
  ByteCount give_up(std::span<const std::uint32_t> blocks);
  /// Gives up all.
  void clear();
  /// Gives up the blocks of least worth, until `bytes` are free or nothing is left. Gives what became free.
  ByteCount evict(ByteCount bytes);

  struct Totals {
    std::uint64_t blocks = 0;
    ByteCount bytes;        ///< Of data chunks: what they take on the disk.
    ByteCount chunk_bytes;  ///< Of all chunks, zeros included: what need not be fetched.
  };
  Totals totals() const;
  /// Reads every block and compares its sum; gives up the bad ones. Gives how many these were.
  std::uint64_t verify();

 private:
  ByteRange chunk_range(std::uint32_t block, unsigned chunk) const;
  ByteCount bytes_of(std::uint32_t block, std::uint64_t chunks) const;
  bool read_chunks(std::uint32_t block, std::uint64_t chunks, std::byte* memory) const;
  std::uint64_t sum_of(std::uint32_t block, std::uint64_t chunks, const std::byte* memory) const;
  bool is_sound(const StoredBlock& stored, std::byte* memory) const;
  std::optional<StoredBlock> find(std::uint32_t block) const;
  bool forget(const StoredBlock& bad);
  Moment now() const;
  void count_use(std::uint32_t block);
  void note_uses();
  std::optional<std::uint64_t> whole_sum(const StoredBlock& before, std::uint64_t data, std::uint64_t present,
                                         const std::byte* memory) const;
  void write_chunks(std::uint32_t block, std::uint64_t chunks, const std::byte* memory);
  void write_out();
  ByteCount remove(const std::vector<StoredBlock>& blocks);
  void give_up_bad();
  void free_leaks();
  IndexHeader header() const;
  void begin_writing();
  std::vector<StoredBlock> live() const;
  std::size_t block_count() const;

  // Constant after construction.
  const Directory folder_;
  const ImageKey key_;
  const Geometry geometry_;
  Space& space_;
  const std::function<Clock::time_point()> now_;

  std::optional<File> lock_;  // nothing: this store only looks
  File data_;
  BlockReader reader_;

  std::atomic<bool> may_write_;

  // The writer only.
  IndexLog index_;
  WriteWindows windows_;
  std::unordered_map<std::uint32_t, StoredBlock> saved_;

  mutable Mutex mutex_;  // innermost, but for what each_zero() calls
  BlockTable blocks_ RIMFS_GUARDED_BY(mutex_);
  std::vector<std::uint32_t> bad_ RIMFS_GUARDED_BY(mutex_);  // found bad since the last commit
};

}  // namespace rimfs::cache::disk
