// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cache/disk/image_key.h"
#include "fetch/fetcher.h"
#include "image/image.h"
#include "reactor/task.h"

namespace rimfs::image {

/// What names the store of a file's version on the disk cache. Nothing without a validator: what the file was could not
/// be told from what it is. Pure.
std::optional<cache::disk::ImageKey> store_key(const fetch::RemoteFile& file);

/// What a store's name tells of the file: the inverse of store_key(), for whole files. Pure.
http::Identity identity_of(const cache::disk::ImageKey& key);

/// The images that the disk cache keeps, if there is one. Reactor only; waits for the disk on threads of its own.
class StoredImages {
 public:
  StoredImages(std::optional<fetch::DiskTier> disk, cache::BlockCache& cache) : disk_(disk), cache_(cache) {}

  /// Opens the file's store, unless it has one or cannot have any. One that it has outgrown is given up: what it holds
  /// may be of several versions.
  reactor::Task<> attach(std::shared_ptr<fetch::RemoteFile> file) const;
  /// What the whole file at this address was when it was stored last; nothing when it never was.
  reactor::Task<std::optional<http::Identity>> last_known(http::AddressId address) const;

 private:
  const std::optional<fetch::DiskTier> disk_;
  cache::BlockCache& cache_;
};

}  // namespace rimfs::image
