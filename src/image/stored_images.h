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

/// The key under which a version of a file is stored. Empty without a validator: the version could not be distinguished
/// from a later one. Pure.
std::optional<cache::ImageKey> store_key(const fetch::RemoteFile& file);

/// The identity that a store's key records: the inverse of store_key(), for whole files. Pure.
http::Identity identity_of(const cache::ImageKey& key);

/// The images that a tier keeps, if there is a tier. Reactor only.
class StoredImages {
 public:
  /// `tier`: null when there is none.
  StoredImages(cache::Tier* tier, cache::BlockCache& cache) : tier_(tier), cache_(cache) {}

  /// Opens the file's store, unless it has one or cannot have one. Clears a store that the file has outgrown, because
  /// its bytes may belong to several versions.
  reactor::Task<> attach(std::shared_ptr<fetch::RemoteFile> file) const;
  /// The identity of the whole file at this address when it was stored last. Empty when it was never stored.
  reactor::Task<std::optional<http::Identity>> last_known(http::AddressId address) const;

 private:
  cache::Tier* const tier_;
  cache::BlockCache& cache_;
};

}  // namespace rimfs::image
