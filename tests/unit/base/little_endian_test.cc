// SPDX-License-Identifier: MIT
#include "base/little_endian.h"

#include <doctest/doctest.h>

#include <array>

namespace rimfs {
namespace {

TEST_CASE("a number stands with its lowest byte first, and leaves the bytes beside it") {
  std::array<std::byte, 8> bytes{};
  put_little_endian(bytes, 2, std::uint32_t{0x11223344});
  const std::array<std::byte, 8> expected{std::byte{0},    std::byte{0},    std::byte{0x44}, std::byte{0x33},
                                          std::byte{0x22}, std::byte{0x11}, std::byte{0},    std::byte{0}};
  CHECK(bytes == expected);
  CHECK(get_little_endian<std::uint32_t>(bytes, 2) == 0x11223344);
  CHECK(get_little_endian<std::uint64_t>(bytes, 0) == 0x0000112233440000);
}

}  // namespace
}  // namespace rimfs
