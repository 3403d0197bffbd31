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

/// The stored content of one image: a sparse file with each block at its own offset, and an index of the stored chunks
/// and their checksums. Only indexed chunks are used. The first process that opens the store may write. Other processes
/// read the blocks that were indexed when they opened it, detect later evictions by the checksums, and may retry the
/// write lock. load() may be called on any thread; all other functions only by the disk cache's writer, unless marked.
/// Throws Error{system}.
class ImageStore {
 public:
  enum class Access {
    write,  ///< Writes, unless another process has the write lock.
    look,   ///< Reads only, and does not prevent other processes from writing.
  };

  using Clock = std::chrono::system_clock;
  using Now = std::function<Clock::time_point()>;

  /// Opens or begins the store in `folder`. `now` is the clock for the times of use.
  ImageStore(Directory folder, const ImageKey& key, Geometry geometry, Space& space, Access access = Access::write,
             Now now = Clock::now);
  /// Records the times of the last reads in the index, for later evictions.
  ~ImageStore();
  ImageStore(const ImageStore&) = delete;
  ImageStore& operator=(const ImageStore&) = delete;

  const ImageKey& key() const { return key_; }
  /// True when this process may write the store. Any thread.
  bool may_write() const { return may_write_.load(std::memory_order_acquire); }
  /// Retries the write lock. If the process that held it has ended, reads the index again and writes from now on.
  /// Returns true when this process may write.
  bool try_to_write();

  /// The stored chunks of a block, including zeros. Any thread.
  std::uint64_t chunks_of(std::uint32_t block) const;
  /// Calls `tell` for each block with chunks known to be zero. Any thread.
  void each_zero(const std::function<void(std::uint32_t block, std::uint64_t chunks)>& tell) const;

  struct Loaded {
    std::uint64_t chunks = 0;  ///< The chunks that were read into memory.
    bool damaged = false;      ///< Indexed data could not be read, or its checksum is wrong.
  };
  /// Reads the chunks `wanted` of a block into the block's memory at `memory`, and verifies all stored chunks of the
  /// block. If that fails, the block is dropped from the table. `damaged` is then set, unless the block was evicted or
  /// stored again meanwhile; a process that only reads never sets it, because the writing process may have evicted the
  /// block. Any thread; blocks.
  Loaded load(std::uint32_t block, std::uint64_t wanted, std::byte* memory);

  /// Writes the new chunks of a block: `present` is the bitmap of the chunks at `memory`. load() finds them after
  /// commit(). Returns false when there is no space for them.
  bool save(std::uint32_t block, std::uint64_t present, const std::byte* memory);
  /// Makes all saved blocks durable: the data first, then the index. When this or save() throws, the blocks saved since
  /// the last commit are lost, and their space stays reserved until the next recount.
  void commit();

  /// Appends the blocks that may be evicted, as those of store number `store`.
  void add_candidates(std::uint32_t store, std::vector<EvictionCandidate>& candidates) const;
  /// Evicts these blocks. Returns the freed bytes.
  ByteCount give_up(std::span<const std::uint32_t> blocks);
  /// Evicts all blocks.
  void clear();
  /// Evicts the blocks of least worth until `bytes` are free or no block is left. Returns the freed bytes.
  ByteCount evict(ByteCount bytes);

  struct Totals {
    std::uint64_t blocks = 0;
    ByteCount bytes;        ///< The bytes of data chunks: their space on the disk.
    ByteCount chunk_bytes;  ///< The bytes of all chunks, including zeros: the bytes that need not be fetched.
  };
  Totals totals() const;
  /// Reads every block and verifies its checksum; drops the bad ones. Returns their number.
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
  const Now now_;

  std::optional<File> lock_;  // nothing when this store only reads
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
