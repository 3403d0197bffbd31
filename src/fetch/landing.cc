// SPDX-License-Identifier: MIT
#include "fetch/landing.h"

#include <cstring>

#include "cache/block_number.h"
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
      position_(range.begin) {}

void Landing::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const BlockIndex index = block_at(position_, cache_.block_size());
    const Offset start = block_start(index, cache_.block_size());
    const ByteCount room = start + cache_.block_size() - position_;
    const ByteCount n = std::min(room, ByteCount{bytes.size()});
    std::memcpy(block_of(index)->writable_data() + (position_ - start).value, bytes.data(), n.value);
    const Offset from = position_;
    position_ += n;
    complete_chunks(index, from, position_);
    bytes = bytes.subspan(n.value);
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
  for (Offset at = first; at < last; at += chunk) {
    learn({at, std::min(at + chunk, file_.whole().end)}, block->data() + (at - start).value);
  }
  block->mark_present(mask);
  const cache::BlockKey key{file_.id(), cache::block_number(index)};
  const bool awaited = landed_(key, block, mask);
  // A block of zeros needs no memory: its extent says all there is to know. Unless somebody waits for the rest of it,
  // which would land in other memory than what is here.
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

/// Page by page: a map that was imported may know of zeros between the data of a chunk, and keeps them so.
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
