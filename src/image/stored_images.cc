// SPDX-License-Identifier: MIT
#include "image/stored_images.h"

#include <fmt/format.h>

#include "image/version_id.h"

namespace rimfs::image {

std::optional<cache::ImageKey> store_key(const fetch::RemoteFile& file) {
  const auto identity = file.resource().identity();
  const std::optional<ImageId> version = version_id(file);
  if (!version || !file.refusal().empty()) return std::nullopt;
  const ByteRange range = file.in_resource(file.whole());
  cache::ImageKey key;
  key.version = *version;
  key.address = file.resource().address_id().url;
  key.place = file.resource().address_id().place;
  key.request = file.resource().address_id().request;
  key.size = range.size();
  key.whole = !file.content() && range.size() == identity->size;
  key.strong = identity->has_strong_etag();
  key.etag = identity->etag;
  key.last_modified = identity->last_modified;
  key.listed_time = identity->listed_time;
  key.url = file.resource().shown_url();
  if (!key.whole) {
    key.url = DisplayUrl(
        fmt::format("{}#{}{}+{}", key.url, file.content() ? "content:" : "", range.begin.value, range.size().value));
  }
  return key;
}

http::Identity identity_of(const cache::ImageKey& key) {
  return {key.size, key.etag, key.last_modified, key.listed_time};
}

reactor::Task<> StoredImages::attach(std::shared_ptr<fetch::RemoteFile> file) const {
  const std::shared_ptr<const http::Identity> identity = file->resource().identity();
  std::optional<cache::ImageKey> key = tier_ ? store_key(*file) : std::nullopt;
  if (tier_ && !key) tier_->report_not_stored(file->resource().shown_url().text());
  if (!key || file->store()) co_return;
  cache::Tier::Opened learn = [this, file](const cache::StoredImage& image) {
    file->learn_from(image, cache_.block_size(), cache_.chunk_size());
  };
  fetch::RemoteFile::Store store = co_await tier_->open(std::move(*key), std::move(learn));
  if (!store || file->store()) co_return;
  // When replies have named more validators meanwhile, this store is outgrown at once, and the next range opens
  // another.
  const fetch::RemoteFile::Store outgrown = file->attach(std::move(store), identity);
  if (outgrown) outgrown->clear();
}

reactor::Task<std::optional<http::Identity>> StoredImages::last_known(http::AddressId address) const {
  if (!tier_) co_return std::nullopt;
  const std::optional<cache::ImageKey> key = co_await tier_->last_version(address.place, address.request);
  if (!key) co_return std::nullopt;
  co_return identity_of(*key);
}

}  // namespace rimfs::image
