// SPDX-License-Identifier: MIT
#include "fetch/tier_writes.h"

namespace rimfs::fetch {
namespace {

/// One in this many blocks of the memory cache may be held for the tier's writer, in addition to its queue.
constexpr std::size_t kHeldShare = 8;

}  // namespace

void TierWrites::write(const WantedRange& fetched, const std::vector<cache::BlockRef>& blocks) {
  const RemoteFile& file = *fetched.file;
  write_remembered();
  BlockIndex index = block_at(fetched.range.begin, cache_.block_size());
  for (const cache::BlockRef& block : blocks) {
    const ChunkMask believed = file.believed_chunks(index, cache_.block_size(), cache_.chunk_size());
    // A request that failed while it waited for its next attempt holds no block where nothing landed.
    if (block && !file.store()->save(cache::block_number(index), block, believed)) {
      remember(fetched, index, block, believed);
    }
    index = index.next();
  }
}

/// Holds the block when it must not be left out. Of the others, holds as many as leave readers enough memory.
void TierWrites::remember(const WantedRange& fetched, BlockIndex index, const cache::BlockRef& block,
                          ChunkMask believed) {
  const bool must = keep_all_ || fetched.urgency == Urgency::background;
  const bool may_hold = held_ < cache_.capacity_blocks() / kHeldShare;
  const bool zero = fetched.file->is_zero(fetched.file->range_of_block(index, cache_.block_size()));
  const bool hold = must || (may_hold && !zero);
  remembered_.push_back({fetched.file, index, hold ? block : cache::BlockRef(), believed});
  held_ += hold ? 1 : 0;
}

void TierWrites::write_remembered() {
  while (!remembered_.empty() && write_one(remembered_.front())) {
    held_ -= remembered_.front().held ? 1 : 0;
    remembered_.pop_front();
  }
}

/// False when the tier has no room for it yet. A block of zeros has no memory and is stored as zeros; an evicted block
/// is left out.
bool TierWrites::write_one(const Block& one) {
  const RemoteFile& file = *one.file;
  if (!file.store()) return true;  // outgrown: fetched again when it is wanted
  cache::BlockRef held = one.held ? one.held : cache_.peek(file.key_of(one.index));
  const ChunkMask believed = one.believed | file.believed_chunks(one.index, cache_.block_size(), cache_.chunk_size());
  const std::uint32_t number = cache::block_number(one.index);
  if (held) return file.store()->save(number, std::move(held), believed);
  const ByteRange whole = file.range_of_block(one.index, cache_.block_size());
  if (!file.is_zero(whole)) return true;
  const ChunkMask chunks = chunks_touched(whole, one.index, cache_.block_size(), cache_.chunk_size()) & ~believed;
  return chunks == 0 || file.store()->save_zeros(number, chunks);
}

}  // namespace rimfs::fetch
