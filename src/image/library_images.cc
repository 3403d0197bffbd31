// SPDX-License-Identifier: MIT
// The images of a library: made from what a listing or a server says, asked for again at open, replaced when they
// changed.
#include <fmt/format.h>

#include "cache/block_number.h"
#include "image/library.h"
#include "image/map_import.h"

namespace rimfs::image {
namespace {

/// The part of the resource that the mount shows. Throws Error{misuse} when it does not lie within it.
ByteRange stretch_of(const catalog::Found& found) {
  const ByteCount size = found.identity.size;
  const Offset end = found.length ? found.offset + *found.length : Offset{size.value};
  if (found.offset.value > size.value || end.value > size.value) {
    throw Error(ErrorKind::misuse,
                fmt::format("{}: offset {} and length {} reach beyond its {} bytes", found.address.shown(),
                            found.offset.value, (end - found.offset).value, size.value));
  }
  return {found.offset, end};
}

/// True when the server's replies do not tell one version of the image from the next, and only a listing does.
bool known_by_listing(const Image& image) {
  const auto identity = image.file()->resource().identity();
  const bool asked = image.file()->last_checked() != fetch::RemoteFile::Clock::time_point::min();
  return asked && identity->etag.empty() && identity->last_modified.empty();
}

/// The disk cache knows `known` of the file at `address`, which may be a mirror of this one.
void adopt_known(http::Resource& resource, const http::AddressId& address, const http::Identity& known) {
  if (resource.address_id().request == address.request && resource.identity()->same_file(known)) resource.adopt(known);
}

/// What the folder's listing says of the image. Throws Error{missing} when it no longer shows it.
catalog::Entry listed_entry(const Folder* folder, const Image& image) {
  const Folder::Listing listing = folder ? folder->listing() : nullptr;
  const catalog::Entry* entry = listing ? find_entry(*listing, image.name()) : nullptr;
  if (entry && !entry->folder) return *entry;
  throw Error(ErrorKind::missing, image.display_url().text() + ": the listing no longer shows it");
}

}  // namespace

std::shared_ptr<Image> Library::make_image(const std::shared_ptr<Folder>& folder, const std::string& name,
                                           catalog::Found found) {
  const ByteRange stretch = stretch_of(found);
  if (!cache::has_block_numbers(stretch.size(), parts_.cache.block_size())) {
    throw Error(ErrorKind::misuse,
                fmt::format("{}: {} bytes are too many for blocks of {}; use a larger --block-size",
                            found.address.shown(), stretch.size().value, parts_.cache.block_size().value));
  }
  http::Host& host = parts_.client.host_of(found.address);
  std::vector<http::Address> addresses{std::move(found.address)};
  for (http::Address& mirror : found.mirrors) addresses.push_back(std::move(mirror));
  auto resource = std::make_unique<http::Resource>(std::move(addresses), std::move(found.identity), host);
  auto file = std::make_shared<fetch::RemoteFile>(next_file_++, std::move(resource), stretch);
  const Image::Parts parts{parts_.cache, parts_.fetcher, parts_.budget, parts_.tables, parts_.traces};
  return std::make_shared<Image>(name, folder, std::move(file), parts, found.prefetch_all);
}

reactor::Task<std::shared_ptr<Image>> Library::ask_image(std::shared_ptr<Folder> folder, catalog::Entry entry) {
  catalog::Found found = co_await folder->tree()->find(entry);
  const http::Identity& identity = found.identity;
  parts_.log.info("{}: {} bytes, ETag {}, modified {}", found.address.shown(), identity.size.value,
                  identity.etag.empty() ? "none" : identity.etag,
                  identity.last_modified.empty() ? "unknown" : identity.last_modified);
  const std::vector<ImageId> failed = found.failed;
  std::shared_ptr<Image> image = make_image(folder, entry.name, std::move(found));
  const auto now = fetch::RemoteFile::Clock::now();
  image->file()->resource().pass_over(failed, now);
  image->file()->checked_at(now);
  image->file()->resource().note_served();
  co_return image;
}

void Library::revalidate(std::shared_ptr<Image> image, OnImage on_done) {
  if (!image->stale() && fetch::RemoteFile::Clock::now() < image->file()->last_checked() + trust_.image) {
    on_done(std::move(image));
    return;
  }
  parts_.loop.post([this, image = std::move(image), on_done = std::move(on_done)]() mutable {
    asking_.spawn(answer_image(std::move(image), std::move(on_done)));
  });
}

reactor::Task<> Library::answer_image(std::shared_ptr<Image> image, OnImage on_done) {
  std::optional<Error> failure;
  std::shared_ptr<Image> current;
  try {
    const std::shared_ptr<Folder> folder = image->folder();
    // Its listed time stands in for validators, and must be as young as they would be.
    if (folder && known_by_listing(*image) && !folder->tree()->constant()) {
      co_await refresh(folder, std::min(trust_.image, trust_.listing));
    }
    const catalog::Entry entry = listed_entry(folder.get(), *image);
    current = co_await ask_current(folder, entry);
    folder->remember(current, true, entry_id(entry));  // what was opened once keeps its blocks
  } catch (const Error& error) {
    failure = error;
  }
  if (failure) {
    on_done(*failure);
  } else {
    on_done(std::move(current));
  }
}

/// Asks the server what the file is now: the image known so far when it still is that, otherwise a new one in its
/// place.
reactor::Task<std::shared_ptr<Image>> Library::ask_current(std::shared_ptr<Folder> folder, catalog::Entry entry) {
  const std::shared_ptr<Node> before = folder->node(entry.name);
  std::optional<Error> failure;
  std::shared_ptr<Image> image;
  try {
    image = co_await ask_image(folder, entry);
  } catch (const Error& error) {
    failure = error;
  }
  if (failure) {
    image = co_await last_known_image(folder, entry, *failure);
  } else {
    image = take_place(*folder, std::move(image));
  }
  const auto turn = before ? MapTurn::newer_image : MapTurn::first_image;
  if (image != before) {
    const MapReaders readers{parts_.client, parts_.pool, parts_.log};
    co_await import_named_map(readers, folder->tree()->listed(entry).map, image, turn);
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

/// The image shown so far, when `fresh` tells of the same file; otherwise `fresh`.
std::shared_ptr<Image> Library::take_place(Folder& folder, std::shared_ptr<Image> fresh) {
  // Another request may have found the change meanwhile.
  auto shown = std::dynamic_pointer_cast<Image>(folder.node(fresh->name()));
  if (!shown) return fresh;
  http::Resource& resource = shown->file()->resource();
  if (!shown->stale() && resource.is_confirmed_by(fresh->file()->resource())) {
    const auto now = fetch::RemoteFile::Clock::now();
    resource.confirm(fresh->file()->resource());
    resource.pass_over(fresh->file()->resource().passed_over(now), now);
    shown->file()->checked_at(now);
    return shown;
  }
  parts_.log.warning("{}: the file has changed on the server; the next open sees the new one", shown->display_url());
  shown->file()->mark_changed();
  folder.expire();
  return fresh;
}

/// What is shown when the server cannot be reached, if the user allows it: the image as it was, or as the disk cache
/// has it, which knows whole files only. Throws `failure` when there is neither.
reactor::Task<std::shared_ptr<Image>> Library::last_known_image(std::shared_ptr<Folder> folder, catalog::Entry entry,
                                                                Error failure) {
  if (!trust_.offline || !is_connection_failure(failure.kind())) throw failure;
  auto image = std::dynamic_pointer_cast<Image>(folder->node(entry.name));
  if (image && image->stale()) image = nullptr;
  catalog::Found found = folder->tree()->listed(entry);
  const bool is_whole = found.offset.value == 0 && !found.length;
  if (is_whole && !(image && image->file()->store())) {
    const std::optional<http::Identity> known = co_await stored_.last_known(found.address.id());
    if (known && image) adopt_known(image->file()->resource(), found.address.id(), *known);
    if (known && !image) {
      found.identity = *known;
      image = make_image(folder, entry.name, std::move(found));
    }
  }
  if (!image) throw failure;
  note_outage(server_of(*image), failure, "showing what the disk cache has, which may not be what the server has now");
  image->file()->unreachable_at(fetch::RemoteFile::Clock::now());
  co_return image;
}

}  // namespace rimfs::image
