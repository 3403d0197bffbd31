// SPDX-License-Identifier: MIT
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

/// Which chunks of the files are in memory, in flight, known to be zero, or missing, and which reads wait for them. The
/// fetcher asks it what to request and reports what becomes of the requests; it requests nothing itself. Ranges are in
/// bytes of the file; a chunk belongs to a range that touches it. Reactor only.
class Coverage {
 public:
  /// `cache` outlives it.
  explicit Coverage(cache::BlockCache& cache) : cache_(cache) {}

  // ---- Questions.

  /// The first run of missing chunks of `range`: neither in memory, nor in flight, nor in zeros that pay to be left
  /// out. Empty, at the end of `range`, when there is none.
  ByteRange first_missing(const RemoteFile& file, ByteRange range) const;
  /// The chunks of one block that first_missing() would find.
  ChunkMask missing_chunks(const RemoteFile& file, ByteRange range, BlockIndex block) const;
  /// True when every byte of the range is in memory, on the disk, or known to be zero.
  bool is_here(const RemoteFile& file, ByteRange range) const;
  /// True when a read waits for one of the blocks of this range.
  bool is_awaited(const RemoteFile& file, ByteRange range) const;

  // ---- Reads.

  /// Gives the read what is in memory of the block, and makes it wait for the rest. True when it waits.
  bool wait_for(const RemoteFile& file, BlockIndex block, const std::shared_ptr<Read>& read);
  /// Drops the reads of this range that were answered meanwhile: nothing is to be requested on their behalf.
  void forget_answered(const RemoteFile& file, ByteRange range);
  /// Fails every read that waits.
  void fail_all(const Error& error) { in_flight_.fail_all(error); }

  // ---- What brings bytes.

  /// The chunks of `range` are in flight, into `blocks`: one for each block that the range touches.
  void begin(const RemoteFile& file, ByteRange range, const std::vector<cache::BlockRef>& blocks);
  /// Those of one block, which are loaded from the disk.
  void begin_load(const RemoteFile& file, BlockIndex block, const cache::BlockRef& held, ChunkMask chunks);
  /// The chunks are in the block's memory and marked present. Answers the reads that waited for nothing else. True
  /// while others wait for the block.
  bool complete(cache::BlockKey key, const cache::BlockRef& block, ChunkMask chunks);
  /// The rest of a range will not come. Fails the reads that wait for it; returns the ranges of those that a reader
  /// waited for.
  std::vector<ByteRange> fail(const RemoteFile& file, ByteRange rest, const Error& error);
  /// The rest of a range will not come this way; reads that wait for it stay. True when there are any.
  bool abandon(const RemoteFile& file, ByteRange rest);
  bool abandon(cache::BlockKey key, ChunkMask chunks) { return in_flight_.abandon(key, chunks); }
  /// A request that waits to be repeated gives up the memory of a block, with nothing in it; and takes it again.
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
