// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "cache/block_cache.h"
#include "catalog/tree.h"
#include "fetch/remote_file.h"
#include "http/client.h"

namespace rimfs::image {

/// Makes the RemoteFile of what a tree has found, each with a number of its own in the cache. Any thread that may read
/// the addresses.
class RemoteFiles {
 public:
  /// All references outlive it, and the files.
  RemoteFiles(reactor::EventLoop& loop, http::Client& client, const cache::BlockCache& cache, reactor::Offload& pool)
      : loop_(loop), client_(client), cache_(cache), pool_(pool), frames_(std::make_shared<fetch::FrameMemory>(loop)) {}

  /// Asks no server. Throws Error{misuse} when the file does not contain the found range, or is too large for the
  /// cache's blocks.
  std::shared_ptr<fetch::RemoteFile> make(catalog::Found found);
  /// The same for a file that the server has just described, or that counts as it was last known: notes when, and which
  /// addresses failed. Reactor only.
  std::shared_ptr<fetch::RemoteFile> make_checked(catalog::Found found);

 private:
  // Constant after construction.
  reactor::EventLoop& loop_;
  http::Client& client_;
  const cache::BlockCache& cache_;
  reactor::Offload& pool_;  // decompresses

  // Synchronise themselves.
  const std::shared_ptr<fetch::FrameMemory> frames_;  // shared with the files: some may live longer
  std::atomic<std::uint32_t> next_{0};
};

}  // namespace rimfs::image
