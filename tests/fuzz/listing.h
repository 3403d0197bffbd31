// SPDX-License-Identifier: MIT
// What holds for the entries of a listing, whatever its form.
#pragma once

#include <algorithm>
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

/// The same entries, however the text was cut.
inline bool same_entries(const catalog::Entries& a, const catalog::Entries& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const catalog::Entry& x, const catalog::Entry& y) {
    return x.name == y.name && x.folder == y.folder && x.key == y.key && x.size == y.size && x.modified == y.modified;
  });
}

}  // namespace rimfs::fuzz
