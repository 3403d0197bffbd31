// SPDX-License-Identifier: MIT
#include "image/version_id.h"

namespace rimfs::image {

namespace {

/// The content of a compressed file has other bytes than the file at the same offsets.
void add_content(ImageIdBuilder& id, const fetch::RemoteFile& file) {
  if (file.content()) id.add("decompressed").add(file.content()->place().begin.value);
}

}  // namespace

std::optional<ImageId> version_id(const fetch::RemoteFile& file) {
  const auto identity = file.resource().identity();
  if (!identity->has_validator()) return std::nullopt;
  const http::AddressId& address = file.resource().address_id();
  const ByteRange range = file.in_resource(file.whole());
  ImageIdBuilder id("version 1");
  // The same validators as http::Identity::is_kept_as() compares.
  const bool strong = identity->has_strong_etag();
  id.add(strong ? address.place : address.request).add(range.begin.value).add(range.end.value);
  id.add(identity->size.value);
  add_content(id, file);
  if (strong) return id.add("strong").add(identity->etag).finish();
  id.add("weak").add(identity->etag).add(identity->last_modified);
  if (identity->listed_time) id.add("listed").add(std::to_string(*identity->listed_time));
  return id.finish();
}

std::optional<ImageId> shown_id(const fetch::RemoteFile& file) {
  const std::optional<ImageId> version = version_id(file);
  const std::string map = file.map_digest();
  if (!version || map.empty()) return version;
  return ImageIdBuilder("version with map").add(*version).add(map).finish();
}

ImageId trace_id(const fetch::RemoteFile& file) {
  const ByteRange range = file.in_resource(file.whole());
  const ByteCount size = file.content() ? file.content()->size() : file.resource().identity()->size;
  const bool to_the_end = range.end.value == size.value;
  ImageIdBuilder id("trace");
  id.add(file.resource().address_id().place).add(range.begin.value);
  add_content(id, file);
  // The next version of the file may have another size.
  return id.add(to_the_end ? std::string("to the end") : std::to_string(range.size().value)).finish();
}

}  // namespace rimfs::image
