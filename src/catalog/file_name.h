// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/entry.h"

namespace rimfs::catalog {

/// A server's name, already decoded, as a file name for Linux. "/", NUL, control characters and what is not UTF-8
/// become %XX; a name longer than 255 bytes keeps its beginning and gets a checksum. Nothing for "", "." and "..".
/// Pure.
std::optional<std::string> safe_file_name(std::string_view decoded);

/// Gives entries of one name different ones ("disk.img", "disk.img~2"), and keeps one of those that are twice the same.
void make_unique(Entries& entries);

}  // namespace rimfs::catalog
