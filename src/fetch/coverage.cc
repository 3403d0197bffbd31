// SPDX-License-Identifier: MIT
#include "fetch/coverage.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "fetch/network_path.h"

namespace rimfs::fetch {

ChunkMask Coverage::touched(ByteRange range, BlockIndex block) const {
  return chunks_touched(range, block, cache_.block_size(), cache_.chunk_size());
}

ChunkMask Coverage::missing_chunks(const RemoteFile& file, ByteRange range, BlockIndex block) const {
  const cache::BlockKey key = file.key_of(block);
  const cache::BlockRef ref = cache_.peek(key);
  const ChunkMask missing = touched(range, block) & ~(ref ? ref->present() : 0) & ~in_flight_.chunks(key);
  if (missing == 0) return 0;
  // Zeros that became known after a read began to wait for them stay missing: only bytes that land answer that read.
  return in_flight_.is_awaited(key) ? missing : missing & ~zeros_to_skip(file, block);
}

ByteRange Coverage::first_missing(const RemoteFile& file, ByteRange range) const {
  ByteRange found{range.end, range.end};
  for (const BlockIndex block : blocks_touched(range, cache_.block_size())) {
    const Offset start = block_start(block, cache_.block_size());
    const ChunkRun run = first_run(missing_chunks(file, range, block));
    const Offset run_begin = start + cache_.chunk_size() * run.first;
    const Offset run_end = std::min(run_begin + cache_.chunk_size() * run.count, range.end);
    if (found.empty()) {
      if (run.count > 0) found = {run_begin, run_end};
    } else if (run.count > 0 && run_begin == found.end) {
      found.end = run_end;
    } else {
      break;
    }
    if (!found.empty() && found.end < std::min(start + cache_.block_size(), range.end)) break;
  }
  return found;
}

bool Coverage::is_here(const RemoteFile& file, ByteRange range) const {
  const RemoteFile::Store store = file.store();
  for (const BlockIndex block : blocks_touched(range, cache_.block_size())) {
    const cache::BlockKey key = file.key_of(block);
    const cache::BlockRef ref = cache_.peek(key);
    const ChunkMask present = ref ? ref->present() : 0;
    const ChunkMask stored = store ? store->chunks_of(key.block) : 0;
    const ChunkMask zero = file.zero_chunks(block, cache_.block_size(), cache_.chunk_size());
    if ((touched(range, block) & ~present & ~stored & ~zero) != 0) return false;
  }
  return true;
}

bool Coverage::is_awaited(const RemoteFile& file, ByteRange range) const {
  for (const BlockIndex block : blocks_touched(range, cache_.block_size())) {
    if (in_flight_.is_awaited(file.key_of(block))) return true;
  }
  return false;
}

bool Coverage::wait_for(const RemoteFile& file, BlockIndex block, const std::shared_ptr<Read>& read) {
  const ByteRange wanted = read->range().intersect(file.range_of_block(block, cache_.block_size()));
  const cache::BlockKey key = file.key_of(block);
  const ChunkMask needed = touched(wanted, block);
  const auto is_whole = [needed](const cache::BlockRef& ref) { return ref && (needed & ~ref->present()) == 0; };
  cache::BlockRef ref = cache_.peek(key);
  if (is_whole(ref)) return read->have(block, std::move(ref)), false;
  if (!ref && file.is_zero(wanted)) return false;
  // Known zeros are written where the rest will land.
  const ChunkMask zeros =
      file.zero_chunks(block, cache_.block_size(), cache_.chunk_size()) & (needed | zeros_to_skip(file, block));
  if (!ref && zeros != 0 && in_flight_.chunks(key) == 0) ref = cache_.find_or_insert(key);
  if (ref) fill_zeros(file, block, ref, zeros);
  if (is_whole(ref)) return read->have(block, std::move(ref)), false;
  in_flight_.wait(key, std::move(ref), needed, read);
  return true;
}

void Coverage::forget_answered(const RemoteFile& file, ByteRange range) {
  for (const BlockIndex block : blocks_touched(range, cache_.block_size())) {
    in_flight_.forget_answered(file.key_of(block));
  }
}

void Coverage::begin(const RemoteFile& file, ByteRange range, const std::vector<cache::BlockRef>& blocks) {
  BlockIndex block = block_at(range.begin, cache_.block_size());
  for (const cache::BlockRef& ref : blocks) {
    const ChunkMask chunks = touched(range, block);
    fill_zeros(file, block, ref, zeros_to_skip(file, block) & ~chunks);
    in_flight_.begin(file.key_of(block), ref, chunks);
    block = block.next();
  }
}

void Coverage::begin_load(const RemoteFile& file, BlockIndex block, const cache::BlockRef& held, ChunkMask chunks) {
  fill_zeros(file, block, held, zeros_to_skip(file, block) & ~chunks);
  in_flight_.begin(file.key_of(block), held, chunks);
}

bool Coverage::complete(cache::BlockKey key, const cache::BlockRef& block, ChunkMask chunks) {
  in_flight_.complete(key, block, chunks);
  return in_flight_.is_awaited(key);
}

std::vector<ByteRange> Coverage::fail(const RemoteFile& file, ByteRange rest, const Error& error) {
  std::vector<ByteRange> failed;
  const ByteRange lost = from_chunk(rest);
  for (const BlockIndex block : blocks_touched(lost, cache_.block_size())) {
    const std::vector<ByteRange> reads = in_flight_.fail(file.key_of(block), touched(lost, block), error);
    failed.insert(failed.end(), reads.begin(), reads.end());
  }
  return failed;
}

bool Coverage::abandon(const RemoteFile& file, ByteRange rest) {
  bool awaited = false;
  const ByteRange lost = from_chunk(rest);
  for (const BlockIndex block : blocks_touched(lost, cache_.block_size())) {
    awaited |= in_flight_.abandon(file.key_of(block), touched(lost, block));
  }
  return awaited;
}

/// The chunks of a block that are known to be zero, in runs that are worth a further request. A shorter run is fetched
/// with its neighbours: one that would arrive while a request waits for its first byte, up to half a block.
ChunkMask Coverage::zeros_to_skip(const RemoteFile& file, BlockIndex block) const {
  const ByteCount worth = std::min(readahead::arrives_in_a_delay(network_path_of(file)), cache_.block_size() / 2);
  return file.zero_chunks(block, cache_.block_size(), cache_.chunk_size(), worth);
}

/// Writes the missing chunks among `chunks`, which are known to be zero, into a block that is not whole. Then only the
/// others have to be fetched. Chunks in flight are left alone: their bytes are being written already.
void Coverage::fill_zeros(const RemoteFile& file, BlockIndex block, const cache::BlockRef& held, ChunkMask chunks) {
  const cache::BlockKey key = file.key_of(block);
  const ChunkMask filled = chunks & ~held->present() & ~in_flight_.chunks(key);
  if (filled == 0) return;
  const std::uint64_t size = cache_.chunk_size().value;
  for (ChunkMask left = filled; left != 0;) {
    const ChunkRun run = first_run(left);
    std::memset(held->writable_data() + run.first * size, 0, run.count * size);
    left &= ~chunk_run(run.first, run.count);
  }
  held->mark_present(filled);
  in_flight_.complete(key, held, filled);
}

}  // namespace rimfs::fetch
