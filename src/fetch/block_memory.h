// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include "cache/block_cache.h"
#include "fetch/memory_share.h"
#include "fetch/remote_file.h"

namespace rimfs::fetch {

/// Allocates blocks of the memory cache for requests. Counts them for the requested server, so that each server's
/// requests stay within their share. Reactor only.
class BlockMemory {
 public:
  /// `cache` outlives it.
  explicit BlockMemory(cache::BlockCache& cache) : cache_(cache), share_(cache.capacity_blocks()) {}

  bool has_free_blocks(const http::Host& server) const { return share_.has_free_blocks(&server); }
  /// A block of the file, counted for `server`. Empty when there is no memory, or when the server has used its share.
  cache::BlockRef take(const RemoteFile& file, BlockIndex block, const http::Host& server) {
    if (!share_.has_free_blocks(&server)) return {};
    cache::BlockRef ref = cache_.find_or_insert(file.key_of(block));
    if (ref) share_.take(&server, 1);
    return ref;
  }
  /// A request to `server` has released `blocks`.
  void give_back(const http::Host& server, std::size_t blocks) { share_.give_back(&server, blocks); }
  /// Counts the blocks for `to` instead: their request has moved there.
  void move(const http::Host& from, const http::Host& to, std::size_t blocks) {
    share_.give_back(&from, blocks);
    share_.take(&to, blocks);
  }

 private:
  cache::BlockCache& cache_;
  MemoryShare share_;
};

}  // namespace rimfs::fetch
