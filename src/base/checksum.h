// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace rimfs {

/// XXH3, the one checksum of what rimfs stores: fast, the same on all machines and in all versions of the library.
/// Finds damage, and tells names apart; it can be inverted, so it hides nothing. What is stored under these values is
/// found again only as long as they stay the same. Pure.

/// 64 bits of some memory. `seed`: what the sum is to depend on beside the bytes.
std::uint64_t xxh3_64(std::span<const std::byte> bytes, std::uint64_t seed = 0);
std::uint64_t xxh3_64(std::string_view text, std::uint64_t seed = 0);

/// 128 bits of a text, as XXH3 itself computes them: not the same as two sums of 64 bits.
struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const Hash128&) const = default;
};
Hash128 xxh3_128(std::string_view text);

}  // namespace rimfs
