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

/// Blocks that were fetched, on their way to the tier below memory. The tier takes them at once, or they are remembered
/// while it is behind: what stays in memory meanwhile can be written later. Some are held in memory until then; the
/// others are left out when memory is needed. Reactor only.
class TierWrites {
 public:
  /// `cache` outlives it. `keep_all`: every block is held, because filling the tier is the purpose.
  TierWrites(cache::BlockCache& cache, bool keep_all) : cache_(cache), keep_all_(keep_all) {}

  /// Writes `blocks`, which were fetched by one request for `fetched` and begin with its first block; an empty one has
  /// nothing new. The file has a store.
  void write(const WantedRange& fetched, const std::vector<cache::BlockRef>& blocks);
  /// Writes what is remembered, as far as the tier takes it.
  void write_remembered();
  /// Blocks that are remembered.
  std::size_t remembered() const { return remembered_.size(); }

 private:
  struct Block {
    std::shared_ptr<RemoteFile> file;
    BlockIndex index;
    cache::BlockRef held;  // empty: to be written only if it is in memory then
    ChunkMask believed;    // chunks of `held` that a map calls zero and nothing has proved
  };
  void remember(const WantedRange& fetched, BlockIndex index, const cache::BlockRef& block, ChunkMask believed);
  bool write_one(const Block& one);

  cache::BlockCache& cache_;
  const bool keep_all_;
  std::deque<Block> remembered_;
  std::size_t held_ = 0;  // how many of them are held
};

}  // namespace rimfs::fetch
