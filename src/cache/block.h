// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace rimfs::cache {

class SlotPool;

/// Names a block of a file: `file` is a number that the process gave out, `block` the block's index.
struct BlockKey {
  std::uint32_t file = 0;
  std::uint32_t block = 0;
  bool operator==(const BlockKey&) const = default;
};

/// What the cache holds of one file.
struct FileUsage {
  std::uint64_t blocks = 0;
  std::uint64_t chunks = 0;  ///< Those present in these blocks.
};

/// No block: the end of a list.
inline constexpr std::uint32_t kNoSlot = ~std::uint32_t{0};

/// The header of one slot of the cache's memory. Its bytes arrive in chunks, at most 64; present() says which. Held
/// through BlockRef.
class Block {
 public:
  const std::byte* data() const { return data_; }
  /// For the reactor, and only for chunks that are not present yet.
  std::byte* writable_data() { return data_; }

  /// Bit i: chunk i holds verified bytes. Whoever sees the bit sees the bytes.
  std::uint64_t present() const { return present_.load(std::memory_order_acquire); }
  /// Reactor only, after the bytes were written.
  void mark_present(std::uint64_t chunks) { present_.fetch_or(chunks, std::memory_order_release); }

  /// True when a find() for a reader counted it since it came. False again once eviction has spared it. Any thread.
  bool was_used() const { return uses_.load(std::memory_order_relaxed) != 0; }

 private:
  friend class BlockRef;
  friend class SlotPool;
  friend class Shard;

  static constexpr std::uint32_t kDetached = std::uint32_t{1} << 31;  // no longer in the cache
  static constexpr std::uint8_t kMostUses = 3;

  std::byte* data_ = nullptr;
  std::atomic<std::uint64_t> present_{0};
  std::atomic<std::uint32_t> holders_{0};  // how many BlockRefs, and kDetached
  std::atomic<std::uint8_t> uses_{0};      // since it came or was last spared; saturates

  // Guarded by the mutex of the shard that has the block, or of the pool while it is free.
  bool in_main_ = false;
  BlockKey key_;
  std::uint32_t next_in_bucket_ = kNoSlot;
  std::uint32_t older_ = kNoSlot;
  std::uint32_t newer_ = kNoSlot;
};

/// Holds a block: while it lives the block's memory is neither given to another nor returned. May be copied and
/// released on any thread; one object belongs to one thread at a time. May be empty.
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
  /// Takes over a count that was added under the shard's lock.
  BlockRef(Block* block, SlotPool* pool) : block_(block), pool_(pool) {}
  void release();

  Block* block_ = nullptr;
  SlotPool* pool_ = nullptr;
};

}  // namespace rimfs::cache
