// SPDX-License-Identifier: MIT
#include "image/stored_images.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>

namespace rimfs::image {
namespace {

/// What stands for a validator when only a listing tells of the file.
constexpr std::string_view kListed = "listed ";

}  // namespace

std::optional<cache::disk::ImageKey> store_key(const fetch::RemoteFile& file) {
  const auto identity = file.resource().identity();
  std::string validator = identity->has_strong_etag() ? identity->etag : identity->last_modified;
  if (validator.empty() && identity->listed_time) validator = fmt::format("{}{}", kListed, *identity->listed_time);
  if (validator.empty()) return std::nullopt;
  const ByteRange stretch = file.in_resource(file.whole());
  std::string url = file.resource().shown_url();
  if (stretch.size() != identity->size) url += fmt::format("#{}+{}", stretch.begin.value, stretch.size().value);
  return cache::disk::ImageKey{std::move(url), stretch.size(), std::move(validator)};
}

http::Identity identity_of(const cache::disk::ImageKey& key) {
  http::Identity identity{key.size, {}, {}, {}};
  const std::string& validator = key.validator;
  if (validator.starts_with('"')) {
    identity.etag = validator;
  } else if (validator.starts_with(kListed)) {
    std::int64_t time = 0;
    std::from_chars(validator.data() + kListed.size(), validator.data() + validator.size(), time);
    identity.listed_time = time;
  } else {
    identity.last_modified = validator;
  }
  return identity;
}

reactor::Task<> StoredImages::attach(std::shared_ptr<Image> image) const {
  fetch::RemoteFile& file = *image->file();
  const std::optional<cache::disk::ImageKey> key = disk_ ? store_key(file) : std::nullopt;
  if (disk_ && !key) disk_->cache.report_unkept(file.resource().shown_url());
  if (!key || file.store()) co_return;
  std::shared_ptr<cache::disk::ImageStore> store;
  reactor::Offload::Work work = [&] { store = disk_->cache.open(*key); };
  auto done = disk_->readers.run(std::move(work));
  co_await done;
  if (store && !file.store()) file.attach(std::move(store), cache_.block_size(), cache_.chunk_size());
}

reactor::Task<std::optional<http::Identity>> StoredImages::last_known(std::string url) const {
  std::optional<http::Identity> known;
  if (!disk_) co_return known;
  reactor::Offload::Work work = [&] {
    try {
      if (const auto key = disk_->cache.last_version(url)) known = identity_of(*key);
    } catch (const Error&) {
      known.reset();  // a cache that cannot be read knows nothing
    }
  };
  auto done = disk_->readers.run(std::move(work));
  co_await done;
  co_return known;
}

}  // namespace rimfs::image
