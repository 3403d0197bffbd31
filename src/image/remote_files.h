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
  /// All references outlive it.
  RemoteFiles(http::Client& client, const cache::BlockCache& cache) : client_(client), cache_(cache) {}

  /// Asks no server. Throws Error{misuse} when the file does not contain the found range, or is too large for the
  /// cache's blocks.
  std::shared_ptr<fetch::RemoteFile> make(catalog::Found found);

 private:
  http::Client& client_;
  const cache::BlockCache& cache_;
  std::atomic<std::uint32_t> next_{0};  // synchronises itself
};

}  // namespace rimfs::image
