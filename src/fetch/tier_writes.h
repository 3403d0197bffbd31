// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "base/chunks.h"
#include "cache/block_cache.h"
#include "fetch/range_queue.h"

namespace rimfs::fetch {

/// Writes fetched blocks to the tier below memory. When the tier has no room, blocks are remembered and written
/// later, if they are still in memory. Some are held in memory until then; the others may be evicted and are then left
/// out. Reactor only.
class TierWrites {
 public:
  /// `cache` outlives it. `keep_all`: holds every block, because filling the tier is the purpose.
  TierWrites(cache::BlockCache& cache, bool keep_all) : cache_(cache), keep_all_(keep_all) {}

  /// Writes `blocks`, which one request for `fetched` has fetched and which begin with its first block. An empty one
  /// has no new bytes. The file has a store.
  void write(const WantedRange& fetched, const std::vector<cache::BlockRef>& blocks);
  /// Writes the remembered blocks, as far as the tier has room.
  void write_remembered();
  /// The number of remembered blocks.
  std::size_t remembered() const { return remembered_.size(); }

 private:
  struct Block {
    std::shared_ptr<RemoteFile> file;
    BlockIndex index;
    cache::BlockRef held;  // empty when the block is written only if it is in memory then
    ChunkMask believed;    // chunks of the block that a map names as zero and no reply has proved
  };
  void remember(const WantedRange& fetched, BlockIndex index, const cache::BlockRef& block, ChunkMask believed);
  bool write_one(const Block& one);

  cache::BlockCache& cache_;
  const bool keep_all_;
  std::deque<Block> remembered_;
  std::size_t held_ = 0;  // the number of remembered blocks that are held
};

}  // namespace rimfs::fetch
