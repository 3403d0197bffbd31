// SPDX-License-Identifier: MIT
#include "extents/zero_scan.h"

#include <doctest/doctest.h>

#include <vector>

namespace rimfs::extents {
namespace {

TEST_CASE("one non-zero byte is found at every position, length and alignment") {
  std::vector<std::byte> memory(400, std::byte{0});
  for (std::size_t shift = 0; shift < 9; ++shift) {
    for (const std::size_t size : std::initializer_list<std::size_t>{0, 1, 7, 8, 63, 64, 65, 127, 128, 129, 300}) {
      std::byte* start = memory.data() + shift;
      CHECK(is_all_zero(start, size));
      for (std::size_t i = 0; i < size; ++i) {
        start[i] = std::byte{0x80};
        REQUIRE_FALSE(is_all_zero(start, size));
        start[i] = std::byte{0};
      }
      start[size] = std::byte{1};  // just past the end: not looked at
      CHECK(is_all_zero(start, size));
      start[size] = std::byte{0};
    }
  }
}

}  // namespace
}  // namespace rimfs::extents
