// SPDX-License-Identifier: MIT
#include "cache/disk/key_name.h"

#include <fmt/format.h>

#include <span>

#include "cache/disk/index_record.h"

namespace rimfs::cache::disk {

std::string name_of_key(std::string_view key) {
  const auto bytes = std::as_bytes(std::span(key));
  return fmt::format("{:016x}{:016x}", checksum(bytes, 1), checksum(bytes, 2));
}

}  // namespace rimfs::cache::disk
