// SPDX-License-Identifier: MIT
// Distinct types for positions, sizes and block indices, so that the compiler rejects a mix-up.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>

namespace rimfs {

/// A number of bytes.
struct ByteCount {
  std::uint64_t value = 0;
  constexpr auto operator<=>(const ByteCount&) const = default;
  constexpr bool is_zero() const { return value == 0; }
};

/// A position in a file, in bytes from its start.
struct Offset {
  std::uint64_t value = 0;
  constexpr auto operator<=>(const Offset&) const = default;
};

/// The index of a block in a file. Block i begins at byte i x block size.
struct BlockIndex {
  std::uint64_t value = 0;
  constexpr auto operator<=>(const BlockIndex&) const = default;
  constexpr BlockIndex next() const { return {value + 1}; }
};

constexpr ByteCount operator+(ByteCount a, ByteCount b) { return {a.value + b.value}; }
/// Saturates at zero: a difference of sizes is never negative.
constexpr ByteCount operator-(ByteCount a, ByteCount b) { return {a.value > b.value ? a.value - b.value : 0}; }
constexpr ByteCount operator*(ByteCount a, std::uint64_t n) { return {a.value * n}; }
constexpr ByteCount operator/(ByteCount a, std::uint64_t n) { return {a.value / n}; }
constexpr ByteCount& operator+=(ByteCount& a, ByteCount b) { return a = a + b; }
constexpr ByteCount& operator-=(ByteCount& a, ByteCount b) { return a = a - b; }

constexpr Offset operator+(Offset at, ByteCount n) { return {at.value + n.value}; }
/// Saturates at zero, the start of the file.
constexpr Offset operator-(Offset at, ByteCount n) { return {at.value > n.value ? at.value - n.value : 0}; }
/// The distance from `from` up to `to`; zero when `to` lies before `from`.
constexpr ByteCount operator-(Offset to, Offset from) { return {to.value > from.value ? to.value - from.value : 0}; }
constexpr Offset& operator+=(Offset& at, ByteCount n) { return at = at + n; }

/// `at` rounded down or up to a multiple of `unit` (a power of two).
constexpr Offset align_down(Offset at, ByteCount unit) { return {at.value & ~(unit.value - 1)}; }
constexpr Offset align_up(Offset at, ByteCount unit) { return {(at.value + unit.value - 1) & ~(unit.value - 1)}; }
constexpr ByteCount align_up(ByteCount n, ByteCount unit) { return {(n.value + unit.value - 1) & ~(unit.value - 1)}; }

/// The block that contains the byte at `at`, and the start of a block.
constexpr BlockIndex block_at(Offset at, ByteCount block_size) { return {at.value / block_size.value}; }
constexpr Offset block_start(BlockIndex block, ByteCount block_size) { return {block.value * block_size.value}; }

inline namespace literals {
constexpr ByteCount operator""_KiB(unsigned long long n) { return {n << 10}; }
constexpr ByteCount operator""_MiB(unsigned long long n) { return {n << 20}; }
constexpr ByteCount operator""_GiB(unsigned long long n) { return {n << 30}; }
constexpr ByteCount operator""_TiB(unsigned long long n) { return {n << 40}; }
}  // namespace literals

/// The size of a page of memory and, nearly everywhere, of a block of a file system and of a disk. Zeros are searched
/// in steps of this size, and no chunk is smaller.
inline constexpr ByteCount kPage = 4_KiB;

}  // namespace rimfs
