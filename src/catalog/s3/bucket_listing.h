// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/pieces.h"
#include "catalog/entry_list.h"

namespace rimfs::catalog::s3 {

/// How a listing is asked for. Older servers refuse what they do not know, or ignore it. A value.
struct Dialect {
  bool second = true;   ///< ListObjectsV2, not ListObjects.
  bool encoded = true;  ///< With encoding-type=url, because XML has no control characters.

  bool operator==(const Dialect&) const = default;
};

/// The dialect to try when a server refuses one; nothing after the last one. Pure.
std::optional<Dialect> dialect_after(Dialect refused);

/// Keys that are in a folder and are not shown, because no path leads to them: with empty components ("a//b"), with
/// "." or ".." as a component, and objects with content whose key ends with "/".
struct HiddenKeys {
  std::size_t count = 0;
  std::string first;
};

/// Where a listing goes on, and how it was answered. A value.
struct Page {
  std::string next;           ///< Token or marker of the next page; empty when this is the last one.
  std::size_t found = 0;      ///< Objects and prefixes on this page.
  bool is_listing = false;    ///< The answer is that of a listing.
  bool of_version_2 = false;  ///< The server answered a ListObjectsV2 as such.
};

/// The query of a request for one page of the folder `prefix`, and for what follows `next`. At most 1,000 keys come on
/// a page. Pure.
std::string listing_query(Dialect dialect, std::string_view prefix, const std::string& next);

/// Reads one page of the folder `prefix` into `entries`: objects with their size and time, and prefixes as folders. The
/// key of an entry is the object's key, or the prefix. Accepts what servers differ in: ETags with and without quotes,
/// other namespaces, keys that are encoded though this was not asked for (the answer says so), a delimiter that was
/// ignored, a folder's own object ("a/"). A name may occur twice, as file and as folder. Throws Error{corrupt} for what
/// is no XML and beyond the limits of entry_list.h. Memory is proportional to the entries. Pure.
Page read_page(const Pieces& xml, Dialect dialect, std::string_view prefix, EntryList& entries, HiddenKeys& hidden);

}  // namespace rimfs::catalog::s3
