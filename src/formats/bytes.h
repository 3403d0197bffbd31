// SPDX-License-Identifier: MIT
// Reading numbers from untrusted bytes: bytes beyond the end read as zero, and no access leaves the span.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string_view>

namespace rimfs::formats {

using Bytes = std::span<const std::byte>;

template <std::unsigned_integral T, std::endian order>
constexpr T number_at(Bytes bytes, std::size_t at) {
  T number = 0;
  for (std::size_t i = 0; i < sizeof(T) && at + i < bytes.size(); ++i) {
    const std::size_t place = order == std::endian::big ? sizeof(T) - 1 - i : i;
    number = static_cast<T>(number | static_cast<T>(static_cast<T>(bytes[at + i]) << (8 * place)));
  }
  return number;
}

template <std::unsigned_integral T>
constexpr T big_endian(Bytes bytes, std::size_t at) {
  return number_at<T, std::endian::big>(bytes, at);
}

template <std::unsigned_integral T>
constexpr T little_endian(Bytes bytes, std::size_t at) {
  return number_at<T, std::endian::little>(bytes, at);
}

/// True when `text` is at `at`.
inline bool has_text(Bytes bytes, std::size_t at, std::string_view text) {
  return at <= bytes.size() && text.size() <= bytes.size() - at &&
         std::memcmp(bytes.data() + at, text.data(), text.size()) == 0;
}

/// The product and the sum; on overflow the largest number, which lies in no file.
constexpr std::uint64_t times(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  return b != 0 && a > kMost / b ? kMost : a * b;
}
constexpr std::uint64_t plus(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  return a > kMost - b ? kMost : a + b;
}
constexpr std::uint64_t divided_up(std::uint64_t a, std::uint64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

}  // namespace rimfs::formats
