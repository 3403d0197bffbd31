// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/pieces.h"
#include "catalog/entry_list.h"

namespace rimfs::catalog {

/// The entries of a listing in XML: nginx's (autoindex_format xml), read as a stream. `url`: the page's own address.
/// Throws Error{corrupt} for what is no such listing, and for one beyond a limit: of `entries`, or of XmlLimits. Pure.
/// Source: ngx_http_autoindex_module, ngx_http_autoindex_xml().
void read_xml_index(const Pieces& xml, const std::string& url, EntryList& entries);
/// The same for a listing in memory.
Entries read_xml_index(std::string_view xml, const std::string& url);

}  // namespace rimfs::catalog
