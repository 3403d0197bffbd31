// SPDX-License-Identifier: MIT
#include "extents/zero_scan.h"

#include <cstdint>
#include <cstring>

namespace rimfs::extents {

bool is_all_zero(const std::byte* bytes, std::size_t size) {
  constexpr std::size_t kStep = 64;
  while (size >= kStep) {
    std::uint64_t words[kStep / sizeof(std::uint64_t)];
    std::memcpy(words, bytes, kStep);
    std::uint64_t any = 0;
    for (const std::uint64_t word : words) any |= word;  // the compiler vectorises this loop
    if (any != 0) return false;
    bytes += kStep;
    size -= kStep;
  }
  for (std::size_t i = 0; i < size; ++i) {
    if (bytes[i] != std::byte{0}) return false;
  }
  return true;
}

}  // namespace rimfs::extents
