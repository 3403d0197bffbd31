// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "base/display_url.h"
#include "base/image_id.h"
#include "base/units.h"

namespace rimfs::cache {

/// Which version of which remote file a store holds. A store is found by `version` alone; the rest tells what the
/// version was when no server can be asked. A plain value.
struct ImageKey {
  ImageId version;  ///< The complete identity, but for the block size.
  ImageId address;  ///< The URL without credentials, which people name it by.
  ImageId place;    ///< With what else of the user's settings chooses the file, and
  ImageId request;  ///< with what says who asks: see http::AddressId.
  ByteCount size;
  bool whole = true;    ///< False for an image that is a part of the remote file.
  bool strong = false;  ///< `etag` is a strong one.
  std::string etag;
  std::string last_modified;
  std::optional<std::int64_t> listed_time;
  DisplayUrl url;  ///< For people.
};

/// Sizes that the memory cache and the disk share.
struct Geometry {
  ByteCount block;
  ByteCount chunk;  ///< 1/64 of a block, or a page.
};

/// What the memory cache makes of a block size.
constexpr Geometry geometry_of(ByteCount block) { return {block, std::max(4_KiB, block / 64)}; }

/// What a store is named by and told apart by: the version, and the size of its blocks.
inline ImageId store_id(const ImageKey& key, ByteCount block_size) {
  return ImageIdBuilder("store").add(key.version).add(block_size.value).finish();
}

}  // namespace rimfs::cache
