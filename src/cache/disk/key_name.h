// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace rimfs::cache::disk {

/// A file name for data that belongs to `key`: a 128-bit hash in hexadecimal, so that a collision is practically
/// impossible.
std::string name_of_key(std::string_view key);

}  // namespace rimfs::cache::disk
