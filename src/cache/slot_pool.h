// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "base/thread_safety.h"
#include "base/units.h"
#include "cache/block.h"

namespace rimfs::cache {

/// The cache's memory: one mapping, cut into slots of one block each, with a header for each. Hands out at most as
/// many slots as fit, ever. Any thread. Memory that was never handed out costs nothing.
class SlotPool {
 public:
  /// Throws Error{misuse} when fewer than four blocks fit, Error{system} when the system has no room for the mapping.
  SlotPool(ByteCount memory, ByteCount block_size);
  ~SlotPool();
  SlotPool(const SlotPool&) = delete;
  SlotPool& operator=(const SlotPool&) = delete;

  /// A free slot with nothing present, held by nobody; kNoSlot when all are handed out.
  std::uint32_t take();
  void give_back(std::uint32_t slot);
  void give_back(Block& block) { give_back(static_cast<std::uint32_t>(&block - blocks_.get())); }
  /// Makes a slot that was just evicted as good as a fresh one.
  void reset(std::uint32_t slot);

  Block& block(std::uint32_t slot) { return blocks_[slot]; }
  std::size_t capacity() const { return capacity_; }
  std::size_t used() const;

 private:
  struct Unmap {
    std::size_t size;
    void operator()(std::byte* memory) const;
  };

  // Constant after construction.
  const std::size_t capacity_;
  const ByteCount block_size_;
  const std::unique_ptr<std::byte, Unmap> memory_;
  const std::unique_ptr<Block[]> blocks_;

  mutable Mutex mutex_;
  std::uint32_t first_free_ RIMFS_GUARDED_BY(mutex_) = kNoSlot;  // a list through Block::older_
  std::size_t never_used_ RIMFS_GUARDED_BY(mutex_) = 0;          // slots from here on were never handed out
  std::size_t used_ RIMFS_GUARDED_BY(mutex_) = 0;
};

}  // namespace rimfs::cache
