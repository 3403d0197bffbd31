// SPDX-License-Identifier: MIT
// Block numbers in the caches have 32 bits, because memory and disk hold millions of them.
#pragma once

#include <cstdint>
#include <limits>

#include "base/error.h"
#include "base/units.h"

namespace rimfs::cache {

/// True when each block of a file of `size` bytes has a 32-bit number: up to 256 TiB in blocks of 64 KiB, 64 PiB in
/// blocks of 16 MiB. Accepted sizes are so far below 2^63 that no sum of offsets overflows. Larger files are refused
/// when they are found (image/image_opener.cc).
constexpr bool has_block_numbers(ByteCount size, ByteCount block_size) {
  return size.is_zero() || (size.value - 1) / block_size.value <= std::numeric_limits<std::uint32_t>::max();
}

/// The number of a block of a file for which has_block_numbers() is true. Throws Error{unsupported} instead of
/// truncating it.
constexpr std::uint32_t block_number(BlockIndex block) {
  if (block.value > std::numeric_limits<std::uint32_t>::max())
    throw Error(ErrorKind::unsupported, "a block's number has more than 32 bits");
  return static_cast<std::uint32_t>(block.value);
}

}  // namespace rimfs::cache
