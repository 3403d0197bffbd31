// SPDX-License-Identifier: MIT
// What holds for the entries of a listing, whatever its form.
#pragma once

#include <set>

#include "catalog/entry.h"
#include "fuzz.h"

namespace rimfs::fuzz {

/// `text_size`: of what the entries were read from.
inline void check_entries(const catalog::Entries& entries, std::size_t text_size, std::string_view origin) {
  require(entries.size() <= text_size);
  std::set<std::string_view> names;
  for (const catalog::Entry& entry : entries) {
    require(is_safe_name(entry.name));
    require(names.insert(entry.name).second);
    require(entry.key.starts_with(origin));
    require(has_no_controls(entry.key) && entry.key.find(' ') == std::string::npos);
    require(!entry.size || entry.size->value <= INT64_MAX);
    require(!entry.folder || !entry.size);
  }
}

}  // namespace rimfs::fuzz
