// SPDX-License-Identifier: MIT
#include "cache/slot_pool.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>

#include "base/error.h"

namespace rimfs::cache {
namespace {

constexpr std::size_t kFewestBlocks = 4;

std::size_t checked_capacity(ByteCount memory, ByteCount block_size) {
  const std::size_t blocks = memory.value / block_size.value;
  if (blocks >= kFewestBlocks && blocks < kNoSlot / 2) return blocks;
  throw Error(ErrorKind::misuse,
              fmt::format("a memory cache of {} bytes does not hold {} blocks of {} bytes; enlarge it or make the "
                          "blocks smaller",
                          memory.value, kFewestBlocks, block_size.value));
}

std::byte* map(std::size_t size) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw system_error("reserving the memory cache", errno);
  // Huge pages reduce the number and cost of page faults as the cache fills. This is only advice, so a failure is
  // ignored.
  madvise(memory, size, MADV_HUGEPAGE);
  return static_cast<std::byte*>(memory);
}

}  // namespace

void SlotPool::Unmap::operator()(std::byte* memory) const { munmap(memory, size); }

SlotPool::SlotPool(ByteCount memory, ByteCount block_size)
    : capacity_(checked_capacity(memory, block_size)),
      block_size_(block_size),
      memory_(map(capacity_ * block_size.value), Unmap{capacity_ * block_size.value}),
      blocks_(std::make_unique<Block[]>(capacity_)) {}

SlotPool::~SlotPool() = default;

std::uint32_t SlotPool::take() {
  std::uint32_t slot = kNoSlot;
  {
    const MutexLock lock(mutex_);
    if (first_free_ != kNoSlot) {
      slot = first_free_;
      first_free_ = blocks_[slot].older_;
    } else if (never_used_ < capacity_) {
      slot = static_cast<std::uint32_t>(never_used_++);
      blocks_[slot].data_ = memory_.get() + slot * block_size_.value;
    } else {
      return kNoSlot;
    }
    ++used_;
  }
  reset(slot);
  return slot;
}

void SlotPool::reset(std::uint32_t slot) {
  Block& block = blocks_[slot];
  block.present_.store(0, std::memory_order_relaxed);
  block.holders_.store(0, std::memory_order_relaxed);
  block.uses_.store(0, std::memory_order_relaxed);
}

void SlotPool::give_back(std::uint32_t slot) {
  const MutexLock lock(mutex_);
  blocks_[slot].older_ = first_free_;
  first_free_ = slot;
  --used_;
}

std::size_t SlotPool::used() const {
  const MutexLock lock(mutex_);
  return used_;
}

void BlockRef::release() {
  // The last holder of a block that left the cache returns its memory. Acquire ordering ensures that the next user's
  // writes come after the reads of every earlier holder.
  if (block_->holders_.fetch_sub(1, std::memory_order_acq_rel) == (Block::kDetached | 1)) pool_->give_back(*block_);
}

}  // namespace rimfs::cache
