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

/// The identity of the version of a remote file in a store. A store is found by `version` alone. The other fields
/// identify the last known version when no server can be reached. A plain value.
struct ImageKey {
  ImageId version;  ///< The complete identity, except the block size.
  ImageId address;  ///< The URL without credentials, as users name it.
  ImageId place;    ///< `address` together with the other settings of the user that select the file.
  ImageId request;  ///< `place` together with the settings that identify the requester; see http::AddressId.
  ByteCount size;
  bool whole = true;    ///< False for an image that is a part of the remote file.
  bool strong = false;  ///< True when `etag` is a strong entity tag.
  std::string etag;
  std::string last_modified;
  std::optional<std::int64_t> listed_time;
  DisplayUrl url;  ///< The URL for display.
};

/// The sizes that the memory cache and the disk cache share.
struct Geometry {
  ByteCount block;
  ByteCount chunk;  ///< The size of a chunk: 1/64 of a block, but at least a page.
};

/// The geometry that the memory cache uses for a block size.
constexpr Geometry geometry_of(ByteCount block) { return {block, std::max(4_KiB, block / 64)}; }

/// The identity and name of a store: the version, and the size of its blocks.
inline ImageId store_id(const ImageKey& key, ByteCount block_size) {
  return ImageIdBuilder("store").add(key.version).add(block_size.value).finish();
}

}  // namespace rimfs::cache
