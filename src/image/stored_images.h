// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cache/image_key.h"
#include "cache/tier.h"
#include "fetch/fetcher.h"
#include "image/image.h"
#include "reactor/task.h"

namespace rimfs::image {

/// What a file's version is kept under. Nothing without a validator: what the file was could not
/// be told from what it is. Pure.
std::optional<cache::ImageKey> store_key(const fetch::RemoteFile& file);

/// What a store's name tells of the file: the inverse of store_key(), for whole files. Pure.
http::Identity identity_of(const cache::ImageKey& key);

/// The images that a tier keeps, if there is one. Reactor only.
class StoredImages {
 public:
  /// `tier`: null when there is none.
  StoredImages(cache::Tier* tier, cache::BlockCache& cache) : tier_(tier), cache_(cache) {}

  /// Opens the file's store, unless it has one or cannot have any. One that it has outgrown is given up: what it holds
  /// may be of several versions.
  reactor::Task<> attach(std::shared_ptr<fetch::RemoteFile> file) const;
  /// What the whole file at this address was when it was stored last; nothing when it never was.
  reactor::Task<std::optional<http::Identity>> last_known(http::AddressId address) const;

 private:
  cache::Tier* const tier_;
  cache::BlockCache& cache_;
};

}  // namespace rimfs::image
