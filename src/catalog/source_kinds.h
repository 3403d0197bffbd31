// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/source_kind.h"

namespace rimfs::catalog {

// The kinds of sources that there are. All functions are pure; what they return lives as long as the program.

/// A module for each folder below catalog/. Those that recognise fewer URLs come first.
std::span<const SourceModule* const> source_modules();

/// The kind whose own scheme this is; null when there is none. `scheme`: lower case.
const SourceKind* kind_of_scheme(std::string_view scheme);

/// The kind of an http or https URL; see SourceKind::recognises.
const SourceKind& kind_of_url(std::string_view path, const std::string& url);

/// The kinds with a scheme of their own, in the order of their modules.
std::vector<const SourceKind*> kinds_with_scheme();

/// What servers of some modules do in their own way: ServerAccess::server_kinds of every source.
std::span<const http::ServerKind> server_kinds();

/// True for a URL whose query says where its file is: a file beside it has the same query.
bool query_names_file(const std::string& url);

}  // namespace rimfs::catalog
