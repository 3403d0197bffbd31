// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <unordered_map>

namespace rimfs::fetch {

/// How many blocks of the memory cache each server's requests may hold. Blocks that a request fills cannot be evicted,
/// so the requests of a server that hangs could fill a small cache, and readers of other servers would get no block.
/// Therefore, when less than an eighth of the cache would stay free, a server gets more only up to its even part of
/// that eighth. Pure; one thread.
class MemoryShare {
 public:
  /// `capacity`: the number of blocks of the cache.
  explicit MemoryShare(std::size_t capacity) : capacity_(capacity), last_(std::max<std::size_t>(1, capacity / 8)) {}

  /// True when `server` may hold `more` blocks in addition to those that it holds.
  bool has_free_blocks(const void* server, std::size_t more = 1) const {
    if (held_ + last_ + more <= capacity_) return true;
    const std::size_t own = held_by(server);
    const std::size_t servers = servers_.size() + (own == 0 ? 1 : 0);
    return own + more <= std::max<std::size_t>(1, last_ / servers);
  }
  std::size_t held_by(const void* server) const {
    const auto found = servers_.find(server);
    return found == servers_.end() ? 0 : found->second;
  }
  void take(const void* server, std::size_t blocks) {
    if (blocks == 0) return;
    servers_[server] += blocks;
    held_ += blocks;
  }
  void give_back(const void* server, std::size_t blocks) {
    if (blocks == 0) return;
    const auto found = servers_.find(server);
    found->second -= blocks;
    held_ -= blocks;
    if (found->second == 0) servers_.erase(found);
  }

  std::size_t held() const { return held_; }

 private:
  const std::size_t capacity_;
  const std::size_t last_;
  std::size_t held_ = 0;
  std::unordered_map<const void*, std::size_t> servers_;  // the servers that hold blocks
};

}  // namespace rimfs::fetch
