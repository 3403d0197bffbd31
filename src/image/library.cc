// SPDX-License-Identifier: MIT
#include "image/library.h"

#include <fmt/format.h>

#include <algorithm>

namespace rimfs::image {
namespace {

/// The part of the resource that the source shows. Throws Error{misuse} when it does not lie within it.
ByteRange stretch_of(const catalog::Source& source, ByteCount size, const std::string& shown) {
  const Offset end = source.length ? source.offset + *source.length : Offset{size.value};
  if (source.offset.value > size.value || end.value > size.value) {
    throw Error(ErrorKind::misuse, fmt::format("{}: offset {} and length {} reach beyond its {} bytes", shown,
                                               source.offset.value, (end - source.offset).value, size.value));
  }
  return {source.offset, end};
}

/// Block numbers have 32 bits in the cache.
constexpr std::uint64_t kMostBlocks = std::uint64_t{1} << 32;

}  // namespace

Library::Library(Parts parts, std::vector<catalog::Source> sources, std::chrono::milliseconds revalidate_after)
    : parts_(parts),
      revalidate_after_(revalidate_after),
      checks_(std::make_unique<reactor::TaskScope>()) {
  for (catalog::Source& source : sources) entries_.push_back({std::move(source), nullptr});
}

Library::~Library() = default;

reactor::Task<> Library::load() {
  std::vector<catalog::Source> sources;
  {
    const MutexLock lock(mutex_);
    for (const Entry& entry : entries_) sources.push_back(entry.source);
  }
  for (std::size_t i = 0; i < sources.size(); ++i) {
    std::shared_ptr<Image> image = co_await probe(sources[i]);
    const MutexLock lock(mutex_);
    entries_[i].image = std::move(image);
  }
}

reactor::Task<> Library::close() { co_await checks_->joined(); }

reactor::Task<std::shared_ptr<Image>> Library::probe(catalog::Source source) {
  http::Address address(source.url, source.access);
  http::Identity identity = co_await parts_.client.probe(address);
  const ByteRange stretch = stretch_of(source, identity.size, address.shown());
  if (stretch.size().value / parts_.cache.block_size().value >= kMostBlocks) {
    throw Error(ErrorKind::misuse, fmt::format("{}: too large for this block size; use a larger --block-size",
                                               address.shown()));
  }
  parts_.log.info("{}: {} bytes, ETag {}, modified {}", address.shown(), identity.size.value,
                  identity.etag.empty() ? "none" : identity.etag,
                  identity.last_modified.empty() ? "unknown" : identity.last_modified);
  http::Host& host = parts_.client.host_of(address);
  auto resource = std::make_unique<http::Resource>(std::move(address), std::move(identity), host);
  auto file = std::make_shared<fetch::RemoteFile>(next_file_++, std::move(resource), stretch);
  co_return std::make_shared<Image>(source.name, std::move(file), parts_.cache, parts_.fetcher, parts_.budget);
}

std::vector<std::shared_ptr<Image>> Library::list() const {
  std::vector<std::shared_ptr<Image>> images;
  const MutexLock lock(mutex_);
  for (const Entry& entry : entries_) images.push_back(entry.image);
  return images;
}

std::shared_ptr<Image> Library::find(std::string_view name) const {
  const MutexLock lock(mutex_);
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.source.name == name; });
  return found == entries_.end() ? nullptr : found->image;
}

void Library::revalidate(std::shared_ptr<Image> image, Revalidated on_done) {
  const auto age = fetch::RemoteFile::Clock::now() - image->file()->last_checked();
  if (!image->stale() && age < revalidate_after_) {
    on_done(std::move(image));
    return;
  }
  parts_.loop.post([this, image = std::move(image), on_done = std::move(on_done)]() mutable {
    checks_->spawn(check(std::move(image), std::move(on_done)));
  });
}

reactor::Task<> Library::check(std::shared_ptr<Image> image, Revalidated on_done) {
  std::optional<Error> failure;
  std::shared_ptr<Image> current;
  try {
    catalog::Source source;
    {
      const MutexLock lock(mutex_);
      for (const Entry& entry : entries_) {
        if (entry.source.name == image->name()) source = entry.source;
      }
    }
    std::shared_ptr<Image> fresh = co_await probe(std::move(source));
    current = replace(image, std::move(fresh));
  } catch (const Error& error) {
    failure = error;
  }
  if (failure) {
    parts_.log.warning("{}", failure->message());
    on_done(*failure);
  } else {
    on_done(std::move(current));
  }
}

std::shared_ptr<Image> Library::replace(const std::shared_ptr<Image>& old, std::shared_ptr<Image> fresh) {
  const http::Identity& now = fresh->file()->resource().identity();
  const MutexLock lock(mutex_);
  for (Entry& entry : entries_) {
    if (entry.source.name != old->name()) continue;
    Image& shown = *entry.image;
    if (!shown.stale() && shown.file()->resource().identity().same_file(now)) {
      shown.file()->checked_at(fetch::RemoteFile::Clock::now());
    } else {
      parts_.log.warning("{}: the file has changed on the server; the next open sees the new one",
                         shown.url_without_secrets());
      shown.file()->mark_changed();
      entry.image = std::move(fresh);
    }
    return entry.image;
  }
  return old;
}

}  // namespace rimfs::image
