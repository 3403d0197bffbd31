// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/pieces.h"
#include "base/units.h"
#include "catalog/entry.h"

namespace rimfs::catalog::metalink {

/// One file that a Metalink document describes. A value.
struct MetalinkFile {
  std::optional<ByteCount> size;  ///< As the document says.
  std::vector<std::string> urls;  ///< Where the file is, the preferred place first; http and https, absolute.
};

/// What a Metalink document says. A value.
struct Metalink {
  Entries entries;  ///< A file each: names made safe and unique, keys as the document names them.
  std::map<std::string, MetalinkFile> files;  ///< By those keys. Each has a place.
  /// Places that cannot be used: other protocols, http in a document that came by https.
  std::size_t other_places = 0;
};

/// The most URLs of one file that are used.
inline constexpr std::size_t kMostUrls = 32;

/// Reads a Metalink document of version 4 (RFC 5854) or 3.0 (metalinker.org). `url`: its own address; a document that
/// came by https has no http places, because anybody on the way could then change the file. Files without a usable name
/// or place are left out. Throws Error{corrupt} for what is no Metalink document, and beyond the limits of
/// entry_list.h. Pure.
Metalink read_metalink(const Pieces& document, const std::string& url);

}  // namespace rimfs::catalog::metalink
