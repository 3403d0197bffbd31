// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/pieces.h"
#include "catalog/entry_list.h"

namespace rimfs::catalog {

/// The entries of a listing in JSON: nginx's (autoindex_format json) and Caddy's, read as a stream. `url`: the page's
/// own address. Throws Error{corrupt} for what is no such listing, and for one beyond a limit: of `entries`, 64 levels,
/// or 64 KiB for a name or value. Pure.
void read_json_index(const Pieces& json, const std::string& url, EntryList& entries);
/// The same for a listing in memory.
Entries read_json_index(std::string_view json, const std::string& url);

}  // namespace rimfs::catalog
