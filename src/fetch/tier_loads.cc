// SPDX-License-Identifier: MIT
// Blocks that the tier below memory has: what is stored is loaded beside the network's requests and in no queue of
// theirs, so that a server that is slow or gone holds up nothing that is here.
#include "cache/block_number.h"
#include "fetch/fetcher.h"

namespace rimfs::fetch {

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
    const auto count = static_cast<std::uint64_t>(std::popcount(chunks));
    counters_.add("disk-cache.bytes-read", (cache_.chunk_size() * count).value);
    held->mark_present(chunks);
    coverage_.complete(file->key_of(block), held, chunks);
    begin_reads_soon();
    co_return;
  }
  const bool awaited = coverage_.abandon(file->key_of(block), chunks);
  if (!awaited || closed_) co_return;
  const ByteRange whole = file->range_of_block(block, cache_.block_size());
  schedule_.want({file, whole, Urgency::demand});
  pump();
}

/// What is fetched from now on is kept under all that is known of the version, and what was kept is looked for there.
reactor::Task<> Fetcher::renew_store(std::shared_ptr<RemoteFile> file) {
  if (!open_store_) co_return;
  co_await open_store_(file);
  fill_.restart(*file);
}

}  // namespace rimfs::fetch
