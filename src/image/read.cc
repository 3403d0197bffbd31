// SPDX-License-Identifier: MIT
// Image::read: what is in memory is answered here, from the blocks' own memory; the rest is parked with the fetcher.
#include <array>

#include "image/image.h"

namespace rimfs::image {
namespace {

using Blocks = std::vector<cache::BlockRef>;

/// Zeros to answer from. Never written: the kernel backs all of it with one page.
constexpr ByteCount kZeroesSize = 1_MiB;
const std::byte* zeroes() {
  static std::array<std::byte, kZeroesSize.value> bytes{};
  return bytes.data();
}

void add_zeroes(std::vector<iovec>& parts, ByteCount size) {
  while (!size.is_zero()) {
    const ByteCount n = std::min(size, kZeroesSize);
    parts.push_back({const_cast<std::byte*>(zeroes()), n.value});
    size -= n;
  }
}

/// `range` as stretches of the blocks' memory; an empty block stands for zeros.
std::vector<iovec> pieces(ByteRange range, const Blocks& blocks, ByteCount block_size) {
  std::vector<iovec> parts;
  parts.reserve(blocks.size());
  BlockIndex index = block_at(range.begin, block_size);
  for (const cache::BlockRef& block : blocks) {
    const Offset start = block_start(index, block_size);
    const ByteRange inside = range.intersect(range_of(start, block_size));
    if (block) {
      auto* bytes = const_cast<std::byte*>(block->data()) + (inside.begin - start).value;
      parts.push_back({bytes, inside.size().value});
    } else {
      add_zeroes(parts, inside.size());
    }
    index = index.next();
  }
  return parts;
}

/// A parked read: answers its FUSE request when the fetcher has the bytes.
class ParkedRead : public fetch::PendingRead {
 public:
  ParkedRead(ByteRange range, ByteCount block_size, std::unique_ptr<ReadCompletion> completion)
      : PendingRead(range, block_size), block_size_(block_size), completion_(std::move(completion)) {}

 protected:
  void finished(const std::optional<Error>& error) override {
    if (error) {
      completion_->failed(*error);
    } else {
      completion_->done(pieces(range(), blocks(), block_size_));
    }
    completion_.reset();
  }

 private:
  const ByteCount block_size_;
  std::unique_ptr<ReadCompletion> completion_;
};

/// The blocks of `range` when all of it is in memory or known to be zero.
std::optional<Blocks> in_memory(const fetch::RemoteFile& file, ByteRange range, cache::BlockCache& cache) {
  const ByteCount size = cache.block_size();
  Blocks blocks;
  for (const BlockIndex index : blocks_touched(range, size)) {
    const cache::BlockKey key = file.key_of(index);
    const Offset start = block_start(index, size);
    // A block read in order is touched many times but used once: only the read of its first byte counts.
    const bool counts = range.contains(start) || range.begin == start;
    cache::BlockRef block = counts ? cache.find(key) : cache.peek(key);
    if (block) {
      const auto needed = fetch::chunks_touched(range, index, size, cache.chunk_size());
      if ((needed & ~block->present()) != 0) return std::nullopt;
    } else if (!file.is_zero(range.intersect(range_of(start, size)))) {
      return std::nullopt;
    }
    blocks.push_back(std::move(block));
  }
  return blocks;
}

}  // namespace

std::uint64_t Image::read(OpenFile& handle, ByteRange range, std::unique_ptr<ReadCompletion> completion) {
  range = range.intersect(file_->whole());
  if (stale()) {
    completion->failed(Error(ErrorKind::changed, display_url().text() + ": the file has changed on the server"));
    return 0;
  }
  if (range.empty()) {
    completion->done({});
    return 0;
  }
  const std::optional<Blocks> blocks = in_memory(*file_, range, cache_);
  const std::uint64_t number = reads_.fetch_add(1, std::memory_order_relaxed);
  readahead::Advice advice;
  {
    const MutexLock lock(handle.mutex_);
    advice = handle.readahead_.observe({range, !blocks, number}, fetcher_.link(*file_));
  }
  (blocks ? hits_ : misses_).fetch_add(1, std::memory_order_relaxed);
  std::uint64_t ticket = 0;
  if (blocks) {
    completion->done(pieces(range, *blocks, cache_.block_size()));
  } else {
    auto parked = std::make_shared<ParkedRead>(range, cache_.block_size(), std::move(completion));
    ticket = fetcher_.demand(file_, std::move(parked), {advice.around, !advice.sequential});
  }
  if (range.begin == Offset{} && !tables_wanted_.exchange(true, std::memory_order_relaxed)) tables_.start(file_);
  if (trace_) traces_.observe(file_, trace_, {range, number, advice.copied, advice.copied_since});
  if (!advice.prefetch.empty()) fetcher_.prefetch(file_, advice.prefetch, advice.split);
  return ticket;
}

}  // namespace rimfs::image
