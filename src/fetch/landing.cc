// SPDX-License-Identifier: MIT
#include "fetch/landing.h"

#include <algorithm>
#include <cstring>

#include "extents/zero_scan.h"

namespace rimfs::fetch {

Landing::Landing(RemoteFile& file, ByteRange range, std::vector<cache::BlockRef> blocks, cache::BlockCache& cache,
                 Landed landed)
    : file_(file),
      range_(range),
      first_(block_at(range.begin, cache.block_size())),
      blocks_(std::move(blocks)),
      cache_(cache),
      landed_(std::move(landed)),
      position_(range.begin),
      reached_(range.begin) {}

void Landing::write(std::span<const std::byte> bytes) {
  copy(position_, bytes);
  advance(ByteCount{bytes.size()});
}

void Landing::stage(Offset at, std::span<const std::byte> bytes) {
  if (at < position_) {
    const std::size_t landed = std::min((position_ - at).value, std::uint64_t{bytes.size()});
    bytes = bytes.subspan(landed);
    at = position_;
  }
  copy(at, bytes);
}

void Landing::keep_staged(ByteCount bytes) { advance(bytes); }

/// Copies chunk by chunk. A present chunk is left alone: other threads may read it now.
void Landing::copy(Offset at, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const BlockIndex index = block_at(at, cache_.block_size());
    const Offset start = block_start(index, cache_.block_size());
    const Offset chunk = align_down(at, cache_.chunk_size());
    const std::uint64_t n = std::min((chunk + cache_.chunk_size() - at).value, std::uint64_t{bytes.size()});
    cache::BlockRef& block = block_of(index);
    const std::uint64_t number = (chunk - start).value / cache_.chunk_size().value;
    if ((block->present() >> number & 1) == 0) {
      std::memcpy(block->writable_data() + (at - start).value, bytes.data(), n);
    }
    at += ByteCount{n};
    bytes = bytes.subspan(n);
  }
  reached_ = std::max(reached_, at);
}

/// Counts the next `bytes`, which are in the blocks' memory, as landed.
void Landing::advance(ByteCount bytes) {
  while (!bytes.is_zero()) {
    const BlockIndex index = block_at(position_, cache_.block_size());
    const Offset start = block_start(index, cache_.block_size());
    const ByteCount n = std::min(start + cache_.block_size() - position_, bytes);
    // Counts as landed only after this: if the answer to a reader throws, the chunk is requested again.
    complete_chunks(index, position_, position_ + n);
    position_ += n;
    bytes -= n;
  }
}

void Landing::complete_chunks(BlockIndex index, Offset from, Offset to) {
  const ByteCount chunk = cache_.chunk_size();
  const Offset start = block_start(index, cache_.block_size());
  const Offset first = align_down(from, chunk);
  const bool at_end = to == range_.end;
  const Offset last = at_end ? align_up(to, chunk) : align_down(to, chunk);
  if (first >= last) return;
  const ChunkMask mask = chunk_run((first - start).value / chunk.value, (last - first).value / chunk.value);
  cache::BlockRef& block = block_of(index);
  const ChunkMask fresh = mask & ~block->present();  // a chunk that was present before is not one that arrived now
  for (Offset at = first; at < last; at += chunk) {
    if ((fresh >> ((at - start).value / chunk.value) & 1) == 0) continue;
    learn({at, std::min(at + chunk, file_.whole().end)}, block->data() + (at - start).value);
  }
  block->mark_present(mask);
  const cache::BlockKey key = file_.key_of(index);
  const bool awaited = landed_(key, block, mask);
  // A block of zeros needs no memory: its extent holds all that is known. It stays while a read waits for the rest of
  // the block, which would otherwise land in other memory than the chunks that are present.
  const ByteRange whole = range_of(start, cache_.block_size()).intersect(file_.whole());
  if (!awaited && to >= whole.end && file_.is_zero(whole)) cache_.drop(key);
}

void Landing::release_untouched(const std::function<void(BlockIndex, const cache::BlockRef&)>& on_release) {
  BlockIndex index = first_;
  for (cache::BlockRef& block : blocks_) {
    const bool untouched = std::max(block_start(index, cache_.block_size()), range_.begin) >= position_;
    if (block && untouched && block->present() == 0) {
      on_release(index, block);
      block = {};
    }
    index = index.next();
  }
}

bool Landing::take_again(const std::function<cache::BlockRef(BlockIndex)>& take) {
  BlockIndex index = first_;
  for (cache::BlockRef& block : blocks_) {
    if (!block) block = take(index);
    if (!block) return false;
    index = index.next();
  }
  return true;
}

/// Page by page: an imported map may hold zeros between the data of a chunk, and these stay known as zero.
void Landing::learn(ByteRange chunk, const std::byte* bytes) {
  const auto kind_of = [&](Offset at) {
    const ByteCount size = std::min(kPage, chunk.end - at);
    const bool zero = extents::is_all_zero(bytes + (at - chunk.begin).value, size.value);
    return zero ? extents::ExtentKind::zero : extents::ExtentKind::data;
  };
  Offset begin = chunk.begin;
  extents::ExtentKind kind = kind_of(begin);
  for (Offset at = begin + kPage; at < chunk.end; at += kPage) {
    const extents::ExtentKind next = kind_of(at);
    if (next == kind) continue;
    file_.learn({begin, at}, kind);
    begin = at;
    kind = next;
  }
  file_.learn({begin, chunk.end}, kind);
}

}  // namespace rimfs::fetch
