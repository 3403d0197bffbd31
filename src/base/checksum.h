// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace rimfs {

/// XXH3, the only checksum for data that rimfs stores. It is fast, and equal on all machines and in all versions of the
/// library. It detects damage and distinguishes names. It is not a cryptographic hash: it can be inverted and hides
/// nothing. Stored data is found by these values, so they must not change. Pure.

/// The 64-bit XXH3 of `bytes` or `text`. The result also depends on `seed`.
std::uint64_t xxh3_64(std::span<const std::byte> bytes, std::uint64_t seed = 0);
std::uint64_t xxh3_64(std::string_view text, std::uint64_t seed = 0);

/// The 128-bit XXH3 of a text. It differs from two 64-bit sums.
struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const Hash128&) const = default;
};
Hash128 xxh3_128(std::string_view text);

/// The 64-bit XXH64, which is not XXH3: zstd files hold it. Nothing that rimfs stores does.
std::uint64_t xxh64(std::span<const std::byte> bytes);

}  // namespace rimfs
