// SPDX-License-Identifier: MIT
// What is known of each chunk of a file, in one of five states, looked up in this order:
//   - present: its bytes are in the block's memory (Block::present()). Reads are answered from there.
//   - in flight: a request or a load from disk brings it (InFlight). Reads wait, and nothing requests it again.
//   - zero: the file's extents prove or claim it (RemoteFile::zero_chunks()). It is not requested when the run of zeros
//     is long enough that a further request costs less than fetching the zeros. Such zeros are written into the block's
//     memory beside the data (fill_zeros), so a reader finds present chunks whatever their source.
//   - stored: the tier below memory has it. It counts as missing here until the fetcher begins to load it.
//   - missing: it has to be requested.
//
// A chunk becomes in flight by begin() or begin_load(). It leaves that state by complete() (present, reads are
// answered), by fail() (its reads fail), or by abandon() (its reads stay, and the caller requests the chunk again).
#pragma once

#include <memory>
#include <vector>

#include "base/byte_range.h"
#include "base/chunks.h"
#include "base/error.h"
#include "cache/block_cache.h"
#include "fetch/in_flight.h"
#include "fetch/read.h"
#include "fetch/remote_file.h"

namespace rimfs::fetch {

/// Which chunks are in memory, in flight, known to be zero, or missing, and which reads wait for them. It requests
/// nothing itself: the fetcher queries it and reports the progress of requests. Ranges are in bytes of the file; a
/// chunk belongs to a range that touches it. Reactor only.
class Coverage {
 public:
  /// `cache` outlives it.
  explicit Coverage(cache::BlockCache& cache) : cache_(cache) {}

  // ---- Queries.

  /// The first run of missing chunks of `range`: neither in memory, nor in flight, nor zeros that are worth skipping.
  /// Empty, at the end of `range`, when there is none.
  ByteRange first_missing(const RemoteFile& file, ByteRange range) const;
  /// The missing chunks of one block, as first_missing() counts them.
  ChunkMask missing_chunks(const RemoteFile& file, ByteRange range, BlockIndex block) const;
  /// True when every byte of the range is in memory, on the disk, or known to be zero.
  bool is_here(const RemoteFile& file, ByteRange range) const;
  /// True when a read waits for one of the blocks of this range.
  bool is_awaited(const RemoteFile& file, ByteRange range) const;

  // ---- Reads.

  /// Hands the read the bytes of the block that are in memory, and queues it for the rest. True when it waits.
  bool wait_for(const RemoteFile& file, BlockIndex block, const std::shared_ptr<Read>& read);
  /// Drops the reads of this range that have been answered, so that nothing is requested for them.
  void forget_answered(const RemoteFile& file, ByteRange range);
  /// Fails every waiting read.
  void fail_all(const Error& error) { in_flight_.fail_all(error); }

  // ---- Requests and loads.

  /// The chunks of `range` are in flight into `blocks`: one for each block that the range touches.
  void begin(const RemoteFile& file, ByteRange range, const std::vector<cache::BlockRef>& blocks);
  /// The chunks of one block are in flight: they are loaded from the disk.
  void begin_load(const RemoteFile& file, BlockIndex block, const cache::BlockRef& held, ChunkMask chunks);
  /// The chunks are in the block's memory and marked present. Answers the reads that waited for nothing else. True
  /// while other reads wait for the block.
  bool complete(cache::BlockKey key, const cache::BlockRef& block, ChunkMask chunks);
  /// The rest of a range will not arrive. Fails the reads that wait for it. Returns the ranges of those that were
  /// demanded.
  std::vector<ByteRange> fail(const RemoteFile& file, ByteRange rest, const Error& error);
  /// The request for the rest of a range has ended without it. The reads stay queued. True when there are any.
  bool abandon(const RemoteFile& file, ByteRange rest);
  bool abandon(cache::BlockKey key, ChunkMask chunks) { return in_flight_.abandon(key, chunks); }
  /// A request that waits for its next attempt releases the memory of a block that holds nothing yet, and holds it
  /// again later.
  void release_memory(cache::BlockKey key) { in_flight_.release(key); }
  void hold_memory(cache::BlockKey key, const cache::BlockRef& block) { in_flight_.hold(key, block); }

 private:
  ChunkMask touched(ByteRange range, BlockIndex block) const;
  ChunkMask zeros_to_skip(const RemoteFile& file, BlockIndex block) const;
  void fill_zeros(const RemoteFile& file, BlockIndex block, const cache::BlockRef& held, ChunkMask chunks);
  ByteRange from_chunk(ByteRange rest) const { return {align_down(rest.begin, cache_.chunk_size()), rest.end}; }

  cache::BlockCache& cache_;
  InFlight in_flight_;
};

}  // namespace rimfs::fetch
