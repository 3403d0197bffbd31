// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "base/thread_safety.h"
#include "base/units.h"
#include "cache/block.h"

namespace rimfs::cache {

/// The cache's memory: one mapping, divided into slots of one block each, with a header for each slot. At most as many
/// slots as fit are handed out at any time. Any thread. Slots that were never handed out use no physical memory.
class SlotPool {
 public:
  /// Throws Error{misuse} when fewer than four blocks fit, Error{system} when the system cannot reserve the mapping.
  SlotPool(ByteCount memory, ByteCount block_size);
  ~SlotPool();
  SlotPool(const SlotPool&) = delete;
  SlotPool& operator=(const SlotPool&) = delete;

  /// Returns a free slot with no chunk present and no holder; kNoSlot when all slots are handed out.
  std::uint32_t take();
  void give_back(std::uint32_t slot);
  void give_back(Block& block) { give_back(static_cast<std::uint32_t>(&block - blocks_.get())); }
  /// Resets a slot that was just evicted to the state of a free one.
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
  std::uint32_t first_free_ RIMFS_GUARDED_BY(mutex_) = kNoSlot;  // the head of a list linked through Block::older_
  std::size_t never_used_ RIMFS_GUARDED_BY(mutex_) = 0;          // slots from this number on were never handed out
  std::size_t used_ RIMFS_GUARDED_BY(mutex_) = 0;
};

}  // namespace rimfs::cache
