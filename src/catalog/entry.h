// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/units.h"

namespace rimfs::catalog {

/// One line of a folder's listing. A plain value.
struct Entry {
  std::string name;  ///< A safe file name, unique in its folder.
  bool folder = false;
  std::string key;                       ///< Where it is; what that means is the tree's business.
  std::optional<ByteCount> size;         ///< Of a file, exact; a rounded size is no size.
  std::optional<std::int64_t> modified;  ///< Seconds since 1970, as precise as the listing says.
  bool listed = true;                    ///< False: found by its name only; a listing of the folder does not show it.
};

/// A folder's content.
using Entries = std::vector<Entry>;

/// The entry of an http or https URL as that of a folder: its path gets a slash at its end. Pure.
inline Entry as_folder(Entry entry) {
  entry.folder = true;
  entry.size.reset();
  const std::size_t end = std::min(entry.key.find('?'), entry.key.size());
  if (end == 0 || entry.key[end - 1] != '/') entry.key.insert(end, 1, '/');
  return entry;
}

}  // namespace rimfs::catalog
