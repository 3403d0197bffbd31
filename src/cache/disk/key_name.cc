// SPDX-License-Identifier: MIT
#include "cache/disk/key_name.h"

#include <fmt/format.h>

#include "base/checksum.h"

namespace rimfs::cache::disk {

std::string name_of_key(std::string_view key) {
  return fmt::format("{:016x}{:016x}", xxh3_64(key, 1), xxh3_64(key, 2));
}

}  // namespace rimfs::cache::disk
