// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/chunks.h"
#include "cache/block_cache.h"
#include "fetch/remote_file.h"

namespace rimfs::fetch {

/// Where the bytes of one range request land: copied once, from libcurl's buffer into the blocks' memory. Marks each
/// chunk present as its last byte arrives, learns which are zero. Holds the blocks for as long as it lives. Goes on
/// where it stopped when the request is repeated for the rest. Reactor only.
class Landing {
 public:
  /// A chunk or more of block `key` became present. True while somebody waits for more of it.
  using Landed = std::function<bool(cache::BlockKey key, const cache::BlockRef& block, ChunkMask chunks)>;

  /// `range` begins with a chunk and ends with one or at the end of the file; `blocks` are those it touches.
  Landing(RemoteFile& file, ByteRange range, std::vector<cache::BlockRef> blocks, cache::BlockCache& cache,
          Landed landed);

  /// The next bytes of the range.
  void write(std::span<const std::byte> bytes);

  /// Lets go of the blocks that hold nothing of it yet, while the request waits to be repeated; on_release gets each.
  void release_untouched(const std::function<void(BlockIndex, const cache::BlockRef&)>& on_release);
  /// Takes them again before the request is repeated. False when the cache has no memory now; calling again goes on.
  bool take_again(const std::function<cache::BlockRef(BlockIndex)>& take);

  /// Bytes from `at` on of a body whose framing proves nothing yet, put where they would land. Nobody sees them, and
  /// what has landed meanwhile stays as it is.
  void stage(Offset at, std::span<const std::byte> bytes);
  /// The next `bytes` were staged, and are right.
  void keep_staged(ByteCount bytes);

  /// What is still to come.
  ByteRange rest() const { return {position_, range_.end}; }
  /// How much of the range no attempt has brought yet, staged bytes included. Never grows: what an attempt brings once
  /// more is no progress.
  ByteCount unreached() const { return range_.end - reached_; }
  std::vector<cache::BlockRef>& blocks() { return blocks_; }

 private:
  cache::BlockRef& block_of(BlockIndex index) { return blocks_[index.value - first_.value]; }
  void advance(ByteCount bytes);
  void copy(Offset at, std::span<const std::byte> bytes);
  void complete_chunks(BlockIndex index, Offset from, Offset to);
  void learn(ByteRange chunk, const std::byte* bytes);

  RemoteFile& file_;
  const ByteRange range_;
  const BlockIndex first_;
  std::vector<cache::BlockRef> blocks_;
  cache::BlockCache& cache_;
  const Landed landed_;
  Offset position_;
  Offset reached_;  // the furthest byte that was written or staged
};

}  // namespace rimfs::fetch
