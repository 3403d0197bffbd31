// SPDX-License-Identifier: MIT
// Blocks that the tier below memory has. They are loaded beside the network's requests and in none of their queues, so
// that a slow or unreachable server does not delay stored bytes.
#include "cache/block_number.h"
#include "fetch/fetcher.h"

namespace rimfs::fetch {

/// Starts to load what the disk has of a block and memory does not, when it includes some of `wanted`. Loads all of it,
/// because its checksum covers the whole.
void Fetcher::load_stored(const std::shared_ptr<RemoteFile>& file, BlockIndex block, ChunkMask wanted) {
  const auto number = cache::block_number(block);
  const ByteRange whole = file->range_of_block(block, cache_.block_size());
  const ChunkMask chunks = file->store()->chunks_of(number) & coverage_.missing_chunks(*file, whole, block);
  if ((chunks & wanted) == 0) return;
  const cache::BlockKey key{file->id(), number};
  cache::BlockRef held = cache_.find_or_insert(key);
  if (!held) return;  // no memory: the chunks will be requested as if they were not stored
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
  if (file->store() != store) loaded = 0;  // replies have named more validators of the version meanwhile
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

/// Opens a store under all that is known of the version now. The fill examines that store from the beginning.
reactor::Task<> Fetcher::renew_store(std::shared_ptr<RemoteFile> file) {
  if (!open_store_) co_return;
  co_await open_store_(file);
  fill_.restart(*file);
}

}  // namespace rimfs::fetch
