// SPDX-License-Identifier: MIT
// How an image handles a read: from memory, or through the fetcher. Each read also updates the readahead.
#include "image/image.h"

namespace rimfs::image {

/// Counts as a use of the blocks. `found` is empty before, and complete only when the result is true.
bool Image::find(ByteRange range, FoundBytes& found) const {
  const ByteCount size = cache_.block_size();
  const auto touched = blocks_touched(range, size);
  found.blocks_.reserve(touched.size());
  for (const BlockIndex index : touched) {
    const cache::BlockKey key = file_->key_of(index);
    const Offset start = block_start(index, size);
    // A block that is read in order is touched many times but counts as used once: by the read of its first byte.
    const bool counts = range.contains(start);
    cache::BlockRef block = counts ? cache_.find(key) : cache_.peek(key);
    if (block) {
      const auto needed = chunks_touched(range, index, size, cache_.chunk_size());
      if ((needed & ~block->present()) != 0) return false;
    } else if (!file_->is_zero(range.intersect(range_of(start, size)))) {
      return false;
    }
    found.blocks_.push_back(std::move(block));
  }
  append_parts(range, found.blocks_, size, found.parts_);
  return true;
}

bool Image::read_now(OpenFile& handle, ByteRange range, const Reply& reply) {
  FoundBytes found;
  if (!find(range, found)) return false;
  hits_.fetch_add(1, std::memory_order_relaxed);
  const std::uint64_t number = reads_.fetch_add(1, std::memory_order_relaxed);
  const readahead::Advice advice = observe(handle, {range, false, number});
  reply(found.parts());
  follow_up(range, number, advice);
  return true;
}

void Image::fetch(OpenFile& handle, std::shared_ptr<Read> read) {
  misses_.fetch_add(1, std::memory_order_relaxed);
  if (!file_->refusal().empty()) return fetcher_.demand(file_, std::move(read), {});  // which refuses it
  const ByteRange range = read->range();
  const std::uint64_t number = reads_.fetch_add(1, std::memory_order_relaxed);
  const readahead::Advice advice = observe(handle, {range, true, number});
  fetcher_.demand(file_, std::move(read), {advice.fetch_size, !advice.sequential});
  follow_up(range, number, advice);
}

void Image::cancel(std::shared_ptr<Read> read) { fetcher_.cancel(std::move(read)); }

readahead::Advice Image::observe(OpenFile& handle, readahead::Observation read) {
  const MutexLock lock(handle.mutex_);
  return handle.readahead_.observe(read, fetcher_.network_path(*file_));
}

/// Starts the requests that a read suggests but does not wait for.
void Image::follow_up(ByteRange range, std::uint64_t number, const readahead::Advice& advice) {
  if (range.begin == Offset{} && !tables_wanted_.exchange(true, std::memory_order_relaxed)) tables_.start(file_);
  if (trace_) traces_.observe(file_, trace_, {range, number, advice.copied, advice.copied_since});
  if (!advice.prefetch.empty()) fetcher_.prefetch(file_, advice.prefetch, advice.split);
}

}  // namespace rimfs::image
