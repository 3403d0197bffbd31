// SPDX-License-Identifier: MIT
#include "image/stored_images.h"

#include <fmt/format.h>

#include "image/version_id.h"

namespace rimfs::image {

std::optional<cache::disk::ImageKey> store_key(const fetch::RemoteFile& file) {
  const auto identity = file.resource().identity();
  const std::optional<ImageId> version = version_id(file);
  if (!version) return std::nullopt;
  const ByteRange range = file.in_resource(file.whole());
  cache::disk::ImageKey key;
  key.version = *version;
  key.address = file.resource().address_id().url;
  key.place = file.resource().address_id().place;
  key.request = file.resource().address_id().request;
  key.size = range.size();
  key.whole = range.size() == identity->size;
  key.strong = identity->has_strong_etag();
  key.etag = identity->etag;
  key.last_modified = identity->last_modified;
  key.listed_time = identity->listed_time;
  key.url = file.resource().shown_url();
  if (!key.whole) {
    key.url = DisplayUrl(fmt::format("{}#{}+{}", key.url, range.begin.value, range.size().value));
  }
  return key;
}

http::Identity identity_of(const cache::disk::ImageKey& key) {
  return {key.size, key.etag, key.last_modified, key.listed_time};
}

reactor::Task<> StoredImages::attach(std::shared_ptr<fetch::RemoteFile> file) const {
  const std::shared_ptr<const http::Identity> identity = file->resource().identity();
  const std::optional<cache::disk::ImageKey> key = disk_ ? store_key(*file) : std::nullopt;
  if (disk_ && !key) disk_->cache.report_unkept(file->resource().shown_url().text());
  if (!key || file->store()) co_return;
  std::shared_ptr<cache::disk::ImageStore> store;
  reactor::Offload::Work work = [&] {
    store = disk_->cache.open(*key);
    if (store) file->learn_from(*store, cache_.block_size(), cache_.chunk_size());
  };
  auto done = disk_->readers.run(std::move(work));
  co_await done;
  if (!store || file->store()) co_return;
  // When replies have named more meanwhile this one is outgrown at once, and the next range opens another.
  auto outgrown = file->attach(std::move(store), identity);
  if (outgrown) disk_->cache.clear(std::move(outgrown));
}

reactor::Task<std::optional<http::Identity>> StoredImages::last_known(http::AddressId address) const {
  std::optional<http::Identity> known;
  if (!disk_) co_return known;
  reactor::Offload::Work work = [&] {
    try {
      if (const auto key = disk_->cache.last_version(address.place, address.request)) known = identity_of(*key);
    } catch (const Error&) {
      known.reset();  // a cache that cannot be read knows nothing
    }
  };
  auto done = disk_->readers.run(std::move(work));
  co_await done;
  co_return known;
}

}  // namespace rimfs::image
