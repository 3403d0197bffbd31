// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/units.h"
#include "catalog/entry.h"

namespace rimfs::catalog {

/// What a listing that has names instead of links says of one file or folder. A plain value.
struct ListedItem {
  std::string name;  ///< Not encoded. A folder's may have "/" at its end, as Caddy writes it.
  bool folder = false;
  std::optional<ByteCount> size;
  std::optional<std::int64_t> modified;  ///< Seconds since 1970.
};

/// The address that the names of a page at `url` follow: without query and fragment, with "/" at its end. Pure.
std::string base_of_names(const std::string& url);

/// The entry of an item below `base`; nothing for a name that is none of a file. Pure.
std::optional<Entry> entry_of(ListedItem item, const std::string& base);

}  // namespace rimfs::catalog
