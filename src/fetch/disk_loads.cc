// SPDX-License-Identifier: MIT
// The fetcher's way to the disk cache: what is stored is loaded beside the network's requests and in no queue of
// theirs, so that a server that is slow or gone holds up nothing that is here.
#include "cache/block_number.h"
#include "fetch/fetcher.h"

namespace rimfs::fetch {
namespace {

/// One in so many blocks of the memory cache may be held for the disk cache's writer, beside its queue.
constexpr std::size_t kHeldShare = 8;

}  // namespace

/// Starts to load what the disk has of a block and memory does not, when some of `wanted` is among it. All of it: its
/// sum has to be checked as a whole.
void Fetcher::load_stored(const std::shared_ptr<RemoteFile>& file, BlockIndex block, ChunkMask wanted) {
  const auto number = cache::block_number(block);
  const ByteRange whole = file->range_of_block(block, cache_.block_size());
  const ChunkMask chunks = file->store()->chunks_of(number) & coverage_.missing_chunks(*file, whole, block);
  if ((chunks & wanted) == 0) return;
  const cache::BlockKey key{file->id(), number};
  cache::BlockRef held = cache_.find_or_insert(key);
  if (!held) return;  // no memory: it will be asked for as if it were not here
  coverage_.begin_load(*file, block, held, chunks);
  loads_.spawn(load(file, block, chunks, std::move(held)));
}

void Fetcher::load_stored_ahead(const std::shared_ptr<RemoteFile>& file, ByteRange range) {
  for (const BlockIndex block : blocks_touched(range, cache_.block_size())) {
    load_stored(file, block, chunks_touched(range, block, cache_.block_size(), cache_.chunk_size()));
  }
}

reactor::Task<> Fetcher::load(std::shared_ptr<RemoteFile> file, BlockIndex block, ChunkMask chunks,
                              cache::BlockRef held) {
  const RemoteFile::Store store = file->store();
  ChunkMask loaded = co_await store->load(cache::block_number(block), chunks, held->writable_data());
  if (file->store() != store) loaded = 0;  // replies have named more of the version meanwhile
  if (loaded == chunks) {
    land_loaded(*file, block, chunks, held);
    co_return;
  }
  const bool awaited = coverage_.abandon(file->key_of(block), chunks);
  if (!awaited || closed_) co_return;
  const ByteRange whole = file->range_of_block(block, cache_.block_size());
  schedule_.want({file, whole, Urgency::demand});
  pump();
}

void Fetcher::land_loaded(RemoteFile& file, BlockIndex block, ChunkMask chunks, const cache::BlockRef& held) {
  counters_.disk_chunks += static_cast<std::uint64_t>(std::popcount(chunks));
  held->mark_present(chunks);
  coverage_.complete(file.key_of(block), held, chunks);
  let_in_soon();
}

/// What is fetched from now on is kept under all that is known of the version, and what was kept is looked for there.
reactor::Task<> Fetcher::renew_store(std::shared_ptr<RemoteFile> file) {
  if (!open_store_) co_return;
  co_await open_store_(file);
  for (Fill& fill : fills_) {
    if (fill.file == file) fill.next = {};
  }
}

/// Hands the blocks to the disk cache's writer. Those it has no room for are remembered; they are held when they must
/// not be left out, and of the others as many as leave readers enough memory. While the rest stays in memory it can be
/// written later.
void Fetcher::store_blocks(const WantedRange& fetched, const std::vector<cache::BlockRef>& blocks) {
  const RemoteFile& file = *fetched.file;
  const bool all = tier_->keep_all || fetched.urgency == Urgency::background;
  store_unwritten();
  BlockIndex index = block_at(fetched.range.begin, cache_.block_size());
  for (const cache::BlockRef& block : blocks) {
    const auto number = cache::block_number(index);
    const ChunkMask believed = file.believed_chunks(index, cache_.block_size(), cache_.chunk_size());
    // A request that failed while it waited to be repeated holds no block where nothing arrived.
    if (block && !file.store()->save(number, block, believed)) {
      const bool room = unwritten_held_ < cache_.capacity_blocks() / kHeldShare;
      const bool hold = all || (room && !file.is_zero(file.range_of_block(index, cache_.block_size())));
      unwritten_.push_back({fetched.file, number, hold ? block : cache::BlockRef(), believed});
      unwritten_held_ += hold ? 1 : 0;
    }
    index = index.next();
  }
}

void Fetcher::store_unwritten() {
  while (!unwritten_.empty() && store_one(unwritten_.front())) {
    unwritten_held_ -= unwritten_.front().held ? 1 : 0;
    unwritten_.pop_front();
  }
}

/// False when the writer has no room for it yet. A block of zeros is in no memory, and what was evicted is nowhere.
bool Fetcher::store_one(const Unwritten& one) {
  const RemoteFile& file = *one.file;
  if (!file.store()) return true;  // outgrown: fetched again when it is wanted
  cache::BlockRef held = one.held ? one.held : cache_.peek({file.id(), one.block});
  const ChunkMask believed = one.believed | file.believed_chunks({one.block}, cache_.block_size(), cache_.chunk_size());
  if (held) return file.store()->save(one.block, std::move(held), believed);
  const ByteRange whole = file.range_of_block({one.block}, cache_.block_size());
  if (!file.is_zero(whole)) return true;
  const ChunkMask chunks = chunks_touched(whole, {one.block}, cache_.block_size(), cache_.chunk_size()) & ~believed;
  return chunks == 0 || file.store()->save_zeros(one.block, chunks);
}

}  // namespace rimfs::fetch
