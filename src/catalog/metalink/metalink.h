// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/pieces.h"
#include "base/units.h"

namespace rimfs::catalog::metalink {

/// One file that a Metalink document describes. A value.
struct MetalinkFile {
  std::string name;               ///< A safe file name.
  std::optional<ByteCount> size;  ///< As the document says.
  std::vector<std::string> urls;  ///< Where the file is, the preferred place first; http and https, absolute.
  std::size_t other_places = 0;   ///< Places that cannot be used: other protocols, http in a document from https.
};

/// The most URLs of one file that are used.
inline constexpr std::size_t kMostUrls = 32;

/// Reads a Metalink document of version 4 (RFC 5854) or 3.0 (metalinker.org). `url`: its own address; a document that
/// came by https has no http places, because anybody on the way could then change the file. Files without a usable name
/// are left out; names are made unique. Throws Error{corrupt} for what is no Metalink document. Pure.
std::vector<MetalinkFile> read_metalink(const Pieces& document, const std::string& url);

}  // namespace rimfs::catalog::metalink
