// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace rimfs::cache {

class SlotPool;

/// The key of a block: `file` is a number assigned by the process, `block` is the block's index in the file.
struct BlockKey {
  std::uint32_t file = 0;
  std::uint32_t block = 0;
  bool operator==(const BlockKey&) const = default;
};

/// The cache's content for one file.
struct FileUsage {
  std::uint64_t blocks = 0;
  std::uint64_t chunks = 0;  ///< The number of chunks present in these blocks.
};

/// The invalid slot number; also marks the end of a list.
inline constexpr std::uint32_t kNoSlot = ~std::uint32_t{0};

/// The header of one slot of the cache's memory. The slot's bytes arrive in chunks, at most 64; present() is the bitmap
/// of chunks that have arrived. Held through BlockRef.
class Block {
 public:
  const std::byte* data() const { return data_; }
  /// For the reactor, and only for chunks that are not present yet.
  std::byte* writable_data() { return data_; }

  /// Bit i is set when chunk i holds verified bytes. A thread that reads the bit as set also sees the bytes.
  std::uint64_t present() const { return present_.load(std::memory_order_acquire); }
  /// Reactor only, after the bytes were written.
  void mark_present(std::uint64_t chunks) { present_.fetch_or(chunks, std::memory_order_release); }

  /// True when a find() for a reader has counted a use since insertion. Eviction reduces the count when it spares the
  /// block. Any thread.
  bool was_used() const { return uses_.load(std::memory_order_relaxed) != 0; }

 private:
  friend class BlockRef;
  friend class SlotPool;
  friend class Shard;

  static constexpr std::uint32_t kDetached = std::uint32_t{1} << 31;  // the block is no longer in the cache
  static constexpr std::uint8_t kMostUses = 3;

  std::byte* data_ = nullptr;
  std::atomic<std::uint64_t> present_{0};
  std::atomic<std::uint32_t> holders_{0};  // the number of BlockRefs, and kDetached
  std::atomic<std::uint8_t> uses_{0};      // counts uses; reduced when eviction spares the block; saturates

  // Guarded by the mutex of the shard that contains the block, or by the pool's mutex while the slot is free.
  bool in_main_ = false;
  BlockKey key_;
  std::uint32_t next_in_bucket_ = kNoSlot;
  std::uint32_t older_ = kNoSlot;
  std::uint32_t newer_ = kNoSlot;
};

/// Holds a block, or nothing. While it lives, the block's memory is neither reused nor freed. It may be copied and
/// released on any thread; one object belongs to one thread at a time.
class BlockRef {
 public:
  BlockRef() = default;
  BlockRef(const BlockRef& other) : block_(other.block_), pool_(other.pool_) {
    if (block_) block_->holders_.fetch_add(1, std::memory_order_relaxed);
  }
  BlockRef(BlockRef&& other) noexcept : block_(std::exchange(other.block_, nullptr)), pool_(other.pool_) {}
  BlockRef& operator=(BlockRef other) noexcept {
    std::swap(block_, other.block_);
    std::swap(pool_, other.pool_);
    return *this;
  }
  ~BlockRef() {
    if (block_) release();
  }

  explicit operator bool() const { return block_ != nullptr; }
  Block* operator->() const { return block_; }

 private:
  friend class Shard;
  /// Takes over a reference that was counted under the shard's lock.
  BlockRef(Block* block, SlotPool* pool) : block_(block), pool_(pool) {}
  void release();

  Block* block_ = nullptr;
  SlotPool* pool_ = nullptr;
};

}  // namespace rimfs::cache
