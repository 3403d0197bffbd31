// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "catalog/entry.h"

namespace rimfs::catalog {

/// The entries of a listing in JSON: nginx's (autoindex_format json) and Caddy's. `url`: the page's own address. Throws
/// Error{corrupt} for what is no such listing. Pure.
Entries read_json_index(std::string_view json, const std::string& url);

}  // namespace rimfs::catalog
