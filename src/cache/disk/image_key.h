// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/units.h"

namespace rimfs::cache::disk {

/// Which version of which remote file a store holds. A plain value.
struct ImageKey {
  std::string url;  ///< Without secrets.
  ByteCount size;
  std::string validator;  ///< The strong entity tag, or what stands in for it; never empty.
};

/// Sizes that the memory cache and the disk share.
struct Geometry {
  ByteCount block;
  ByteCount chunk;  ///< 1/64 of a block, or a page.
};

/// What the memory cache makes of a block size.
constexpr Geometry geometry_of(ByteCount block) { return {block, std::max(4_KiB, block / 64)}; }

/// One text for each image and block size: what stores are named and told apart by.
inline std::string identity_text(const ImageKey& key, Geometry geometry) {
  return fmt::format("{}\n{}\n{}\n{}", key.url, key.size.value, key.validator, geometry.block.value);
}

}  // namespace rimfs::cache::disk
