// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace rimfs::cache::disk {

/// A name for what belongs to `key`: 128 bits of it in hexadecimal, so that two keys never meet by chance.
std::string name_of_key(std::string_view key);

}  // namespace rimfs::cache::disk
