// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "fetch/memory_share.h"

namespace rimfs::fetch {

/// Bounds how many blocks of the memory cache the waiting reads need together. A read of several blocks holds the first
/// ones until the last one arrives. If waiting reads held every block, none of them would ever get its last one. So a
/// read enters when its blocks fit beside those of the reads that wait already; a block that several reads touch counts
/// for each. Each server has a part of at least one read, so a server that hangs does not keep other servers' readers
/// out. Pure; one thread; outlives its passes.
class ReadGate {
 public:
  /// The admission of one read; it ends when the pass is destroyed.
  class Pass {
   public:
    Pass() = default;
    Pass(ReadGate& gate, const void* server, std::size_t blocks) : gate_(&gate), server_(server), blocks_(blocks) {
      gate.share_.take(server, blocks);
    }
    ~Pass() {
      if (gate_) gate_->leave(server_, blocks_);
    }
    Pass(Pass&& other) noexcept
        : gate_(std::exchange(other.gate_, nullptr)), server_(other.server_), blocks_(other.blocks_) {}
    Pass& operator=(Pass&& other) noexcept {
      if (gate_) gate_->leave(server_, blocks_);
      gate_ = std::exchange(other.gate_, nullptr);
      server_ = other.server_;
      blocks_ = other.blocks_;
      return *this;
    }

   private:
    ReadGate* gate_ = nullptr;
    const void* server_ = nullptr;
    std::size_t blocks_ = 0;
  };

  /// `capacity`: the number of blocks of the cache.
  explicit ReadGate(std::size_t capacity) : share_(capacity) {}

  /// True when a read of `blocks` from `server` may enter.
  bool is_open_for(const void* server, std::size_t blocks) const {
    return share_.held_by(server) == 0 || share_.has_free_blocks(server, blocks);
  }
  Pass enter(const void* server, std::size_t blocks) { return {*this, server, blocks}; }

  /// True when a read has left since the last call.
  bool take_left() { return std::exchange(left_, false); }

 private:
  void leave(const void* server, std::size_t blocks) {
    share_.give_back(server, blocks);
    left_ = true;
  }

  MemoryShare share_;
  bool left_ = false;
};

}  // namespace rimfs::fetch
