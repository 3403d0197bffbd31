// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace rimfs {

/// Numbers in files: the lowest byte first, on every machine. Pure.

/// `bytes` has room for the number at `at`.
template <std::unsigned_integral Number>
void put_little_endian(std::span<std::byte> bytes, std::size_t at, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    bytes[at + i] = static_cast<std::byte>(static_cast<std::uint64_t>(number) >> (8 * i));
  }
}

/// `bytes` holds the whole number at `at`.
template <std::unsigned_integral Number>
Number get_little_endian(std::span<const std::byte> bytes, std::size_t at) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    number |= std::to_integer<std::uint64_t>(bytes[at + i]) << (8 * i);
  }
  return static_cast<Number>(number);
}

}  // namespace rimfs
