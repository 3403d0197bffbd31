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
/// chunk present when its last byte arrives, and learns which pages are zero. Holds the blocks during its life, except
/// those that are released for a retry. A retry continues after the last byte that landed. Reactor only.
class Landing {
 public:
  /// Called when one or more chunks of block `key` have become present. True while a read waits for more of the block.
  using Landed = std::function<bool(cache::BlockKey key, const cache::BlockRef& block, ChunkMask chunks)>;

  /// `range` begins at a chunk and ends at one or at the end of the file. `blocks`: one for each block that it touches.
  Landing(RemoteFile& file, ByteRange range, std::vector<cache::BlockRef> blocks, cache::BlockCache& cache,
          Landed landed);

  /// Takes the next bytes of the range.
  void write(std::span<const std::byte> bytes);

  /// Releases the blocks in which nothing has landed, while the request waits for its next attempt. Calls on_release
  /// for each.
  void release_untouched(const std::function<void(BlockIndex, const cache::BlockRef&)>& on_release);
  /// Takes the released blocks again before the next attempt. False when the cache has no memory now; a further call
  /// continues where this one stopped.
  bool take_again(const std::function<cache::BlockRef(BlockIndex)>& take);

  /// Writes bytes from `at` on to the place where they would land, for a body whose framing proves nothing yet. No
  /// reader sees them, and chunks that have landed meanwhile stay unchanged.
  void stage(Offset at, std::span<const std::byte> bytes);
  /// The next `bytes` were staged and are valid: counts them as landed.
  void keep_staged(ByteCount bytes);

  /// The range that has not landed.
  ByteRange rest() const { return {position_, range_.end}; }
  /// How much of the range no attempt has delivered yet, staged bytes included. Never grows: bytes that a later attempt
  /// delivers again are no progress.
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
  Offset reached_;  // the end of the furthest byte that was written or staged
};

}  // namespace rimfs::fetch
