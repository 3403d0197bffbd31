// SPDX-License-Identifier: MIT
#include "image/image_opener.h"

#include <fmt/format.h>

#include "cache/block_number.h"
#include "image/map_import.h"
#include "image/outage.h"

namespace rimfs::image {
namespace {

/// Adopts what the disk cache records of the file at `address`, if the resource is at that address and not at a mirror.
void adopt_known(http::Resource& resource, const http::AddressId& address, const http::Identity& known) {
  if (resource.address_id().request == address.request && resource.identity()->same_file(known)) resource.adopt(known);
}

Image::Details details_of(const catalog::Found& found) { return {found.prefetch_all, found.modified, found.inside}; }

/// True when the listing contradicts nothing that is known of the image.
bool fits(const Image& image, const catalog::Entry& entry) {
  if (image.stale()) return false;
  const auto identity = image.file()->resource().identity();
  if (entry.size && *entry.size != image.size()) return false;
  return !entry.modified || !identity->listed_time || *entry.modified == *identity->listed_time;
}

std::shared_ptr<Image> image_of(const Folder& folder, const std::string& name) {
  return std::dynamic_pointer_cast<Image>(folder.node(name));
}

}  // namespace

bool is_known_by_listing(const Image& image) {
  const auto identity = image.file()->resource().identity();
  const bool asked = image.file()->last_checked() != fetch::RemoteFile::Clock::time_point::min();
  return asked && identity->etag.empty() && identity->last_modified.empty();
}

ImageOpener::ImageOpener(Parts parts, Freshness freshness)
    : parts_(parts), freshness_(freshness), stored_(parts.tier, parts.cache) {
  parts_.fetcher.open_stores_with(
      [this](std::shared_ptr<fetch::RemoteFile> file) { return stored_.attach(std::move(file)); });
}

std::shared_ptr<Image> ImageOpener::known(const std::shared_ptr<Folder>& folder, const catalog::Entry& entry) {
  std::shared_ptr<Image> image = image_of(*folder, entry.name);
  if (!image) {
    try {
      return make_from_listing(folder, entry);
    } catch (const Error&) {
      return nullptr;  // the tree no longer knows the entry: find() asks again, and reports the error
    }
  }
  if (fits(*image, entry) && folder->made_for(entry)) return image;
  if (image->stale()) folder->expire();  // the listing may be older than the change
  return nullptr;
}

bool ImageOpener::is_fresh(const Image& image) const {
  return !image.stale() && parts_.loop.now() < image.file()->last_checked() + freshness_.image;
}

reactor::Task<std::shared_ptr<Image>> ImageOpener::find(std::shared_ptr<Folder> folder, catalog::Entry entry) {
  std::shared_ptr<Image> image = image_of(*folder, entry.name);
  if (image && fits(*image, entry) && folder->made_for(entry)) co_return image;
  if (!image || image->stale()) {
    std::shared_ptr<Image> made = make_from_listing(folder, entry);
    if (made) co_return made;
  }
  image = co_await check(folder, entry);
  co_return image;
}

/// Null when the entry has no exact size.
std::shared_ptr<Image> ImageOpener::make_from_listing(const std::shared_ptr<Folder>& folder,
                                                      const catalog::Entry& entry) {
  if (!entry.size || !cache::has_block_numbers(*entry.size, parts_.cache.block_size())) return nullptr;
  std::shared_ptr<Image> image = make_unchecked(folder, entry.name, folder->tree()->listed(entry));
  folder->remember(image, false, entry_id(entry));
  return image;
}

std::shared_ptr<Image> ImageOpener::make(const std::shared_ptr<Folder>& folder, const std::string& name,
                                         Image::Details details, std::shared_ptr<fetch::RemoteFile> file) {
  const Image::Parts parts{parts_.cache, parts_.fetcher, parts_.budget, parts_.tables, parts_.traces};
  return std::make_shared<Image>(name, folder, std::move(file), parts, std::move(details));
}

/// As the listing, or the disk cache, tells of it: not checked.
std::shared_ptr<Image> ImageOpener::make_unchecked(const std::shared_ptr<Folder>& folder, const std::string& name,
                                                   catalog::Found found) {
  Image::Details details = details_of(found);
  return make(folder, name, std::move(details), parts_.files.make(std::move(found)));
}

reactor::Task<std::shared_ptr<Image>> ImageOpener::probe(std::shared_ptr<Folder> folder, catalog::Entry entry) {
  catalog::Found found = co_await folder->tree()->find(entry);
  const http::Identity& identity = found.identity;
  parts_.log.info("{}{}: {} bytes, ETag {}, modified {}", found.address.shown(), found.inside,
                  found.length.value_or(identity.size).value, identity.etag.empty() ? "none" : identity.etag,
                  identity.last_modified.empty() ? "unknown" : identity.last_modified);
  Image::Details details = details_of(found);
  std::shared_ptr<Image> image =
      make(folder, entry.name, std::move(details), parts_.files.make_checked(std::move(found)));
  co_return image;
}

reactor::Task<std::shared_ptr<Image>> ImageOpener::check(std::shared_ptr<Folder> folder, catalog::Entry entry) {
  const std::shared_ptr<Node> before = folder->node(entry.name);
  std::optional<Error> failure;
  std::shared_ptr<Image> image;
  try {
    image = co_await probe(folder, entry);
  } catch (const Error& error) {
    failure = error;
  }
  if (failure) {
    image = co_await last_known(folder, entry, *failure);
  } else {
    image = replace_if_changed(*folder, std::move(image));
  }
  const auto reason = before ? MapReason::newer_image : MapReason::first_image;
  if (image != before) {
    const MapReaders readers{parts_.client, parts_.pool, parts_.log};
    co_await import_named_map(readers, folder->tree()->listed(entry).map, image, reason);
  }
  co_await stored_.attach(image->file());
  if (image != before) {
    folder->remember(image, folder->tree()->constant(), entry_id(entry));
  } else {
    folder->renew(image, entry_id(entry));
  }
  if (image->prefetch_all() && image->file()->store()) parts_.fetcher.fill(image->file());
  co_return image;
}

/// The image shown so far, when `fresh` describes the same file; otherwise `fresh`.
std::shared_ptr<Image> ImageOpener::replace_if_changed(Folder& folder, std::shared_ptr<Image> fresh) {
  // Another request may have found the change meanwhile.
  auto shown = image_of(folder, fresh->name());
  if (!shown) return fresh;
  http::Resource& resource = shown->file()->resource();
  if (!shown->stale() && !fresh->checked()) {
    shown->file()->unreachable_at(fresh->file()->last_checked());  // what the disk cache has proves no change
    return shown;
  }
  const bool is_same_part = shown->file()->is_same_part_as(*fresh->file());
  if (!shown->stale() && is_same_part && resource.is_confirmed_by(fresh->file()->resource())) {
    const auto now = parts_.loop.now();
    resource.confirm(fresh->file()->resource());
    resource.pass_over(fresh->file()->resource().passed_over(now), now);
    shown->file()->checked_at(fresh->file()->last_checked());
    return shown;
  }
  parts_.log.warning("{}: the file has changed on the server; the next open sees the new one", shown->display_url());
  shown->file()->mark_changed();
  folder.expire();
  return fresh;
}

/// What the mount shows when the server cannot be reached, if the user allows it: the image as it was, or the version
/// in the disk cache, which finds whole files only. Throws `failure` when there is neither.
reactor::Task<std::shared_ptr<Image>> ImageOpener::last_known(std::shared_ptr<Folder> folder, catalog::Entry entry,
                                                              Error failure) {
  if (!freshness_.offline || !is_connection_failure(failure.kind())) throw failure;
  auto image = image_of(*folder, entry.name);
  if (image && image->stale()) image = nullptr;
  catalog::Found found = folder->tree()->listed(entry);
  const bool is_whole = found.offset.value == 0 && !found.length;
  if (is_whole && !(image && image->file()->store())) {
    const std::optional<http::Identity> known = co_await stored_.last_known(found.address.id());
    if (known && image) adopt_known(image->file()->resource(), found.address.id(), *known);
    if (known && !image) {
      found.identity = *known;
      image = make_unchecked(folder, entry.name, std::move(found));
    }
  }
  if (!image) throw failure;
  log_outage(parts_.client.failures(), image->listing_server(), failure,
             "showing what the disk cache has, which may not be what the server has now");
  image->file()->unreachable_at(parts_.loop.now());
  co_return image;
}

}  // namespace rimfs::image
