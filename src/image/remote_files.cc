// SPDX-License-Identifier: MIT
#include "image/remote_files.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "cache/block_number.h"

namespace rimfs::image {
namespace {

/// The range of the resource that the mount shows. Throws Error{misuse} when the resource does not contain it.
ByteRange range_of_image(const catalog::Found& found) {
  if (!found.refusal.empty()) return range_of({}, found.length.value_or(ByteCount{}));
  const ByteCount size = found.compressed ? found.compressed->frames->size() : found.identity.size;
  const Offset end = found.length ? found.offset + *found.length : Offset{size.value};
  if (found.offset.value > size.value || end.value > size.value) {
    throw Error(ErrorKind::misuse,
                fmt::format("{}: offset {} and length {} reach beyond its {} bytes", found.address.shown(),
                            found.offset.value, (end - found.offset).value, size.value));
  }
  return {found.offset, end};
}

}  // namespace

std::shared_ptr<fetch::RemoteFile> RemoteFiles::make(catalog::Found found) {
  const ByteRange range = range_of_image(found);
  if (!cache::has_block_numbers(range.size(), cache_.block_size())) {
    throw Error(ErrorKind::misuse, fmt::format("{}: {} bytes are too many for blocks of {}; use a larger --block-size",
                                               found.address.shown(), range.size().value, cache_.block_size().value));
  }
  std::unique_ptr<fetch::CompressedContent> content;
  if (found.compressed) {
    const fetch::CompressedContent::Parts parts{loop_, pool_, frames_};
    const fetch::CompressedContent::Place place{found.compressed->frames, found.compressed->begin};
    content = std::make_unique<fetch::CompressedContent>(parts, place);
  }
  http::Host& host = client_.host_of(found.address);
  std::vector<http::Address> addresses{std::move(found.address)};
  for (http::Address& mirror : found.mirrors) addresses.push_back(std::move(mirror));
  auto resource = std::make_unique<http::Resource>(std::move(addresses), std::move(found.identity), host);
  return std::make_shared<fetch::RemoteFile>(next_++, std::move(resource), range, std::move(content),
                                             std::move(found.refusal));
}

std::shared_ptr<fetch::RemoteFile> RemoteFiles::make_checked(catalog::Found found) {
  const std::vector<ImageId> failed = found.failed;
  const bool offline = found.offline;
  const auto asked_at = found.asked_at.value_or(loop_.now());
  std::shared_ptr<fetch::RemoteFile> file = make(std::move(found));
  file->resource().pass_over(failed, loop_.now());
  file->resource().note_served();
  if (offline) {
    file->unreachable_at(asked_at);
  } else {
    file->checked_at(asked_at);
  }
  return file;
}

}  // namespace rimfs::image
