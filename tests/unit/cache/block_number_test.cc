// SPDX-License-Identifier: MIT
// Numbers of blocks, and the arithmetic of offsets, at the largest files that are served.
#include "cache/block_number.h"

#include <doctest/doctest.h>

#include "base/byte_range.h"
#include "base/chunks.h"

namespace rimfs::cache {
namespace {

constexpr std::uint64_t kMost = std::uint64_t{1} << 32;

TEST_CASE("a file has block numbers up to the 2^32nd block, for each block size, and no further") {
  for (ByteCount block = 64_KiB; block <= 16_MiB; block = block * 2) {
    CAPTURE(block.value);
    const ByteCount largest = block * kMost;
    for (const ByteCount size : {ByteCount{0}, ByteCount{1}, block, largest - block, largest - ByteCount{1}, largest}) {
      CHECK(has_block_numbers(size, block));
    }
    for (const std::uint64_t size :
         {largest.value + 1, largest.value * 2, std::uint64_t{1} << 62, (std::uint64_t{1} << 63) - 1,
          std::uint64_t{1} << 63, ~std::uint64_t{0} - 1, ~std::uint64_t{0}}) {
      CAPTURE(size);
      CHECK_FALSE(has_block_numbers(ByteCount{size}, block));
    }
  }
}

TEST_CASE("a block's number is returned whole or refused, never truncated") {
  CHECK(block_number({0}) == 0);
  CHECK(block_number({kMost - 1}) == 0xffffffff);
  for (const std::uint64_t wide : {kMost, kMost + 1, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    CHECK_THROWS_AS(block_number({wide}), Error);
  }
}

TEST_CASE("no offset overflows at the end of the largest file, and the kernel accepts all its offsets") {
  for (ByteCount block = 64_KiB; block <= 16_MiB; block = block * 2) {
    CAPTURE(block.value);
    const ByteCount chunk = std::max(4_KiB, block / 64);
    const ByteRange whole{Offset{0}, Offset{block.value * kMost}};
    const BlockIndex last = block_at(whole.end - ByteCount{1}, block);
    REQUIRE(block_number(last) == 0xffffffff);
    const Offset start = block_start(last, block);
    CHECK(start + block == whole.end);
    CHECK(range_of(start, block).intersect(whole).size() == block);
    CHECK(align_up(whole.end - ByteCount{1}, block) == whole.end);
    CHECK(align_outward({whole.end - ByteCount{1}, whole.end}, chunk).intersect(whole) ==
          ByteRange{whole.end - chunk, whole.end});
    const auto all = chunks_touched(whole, last, block, chunk);
    CHECK(all == chunk_run(0, block.value / chunk.value));
    CHECK(chunks_touched({whole.end - ByteCount{1}, whole.end}, last, block, chunk) ==
          chunk_run(block.value / chunk.value - 1, 1));
    // What is added to an offset somewhere is far less than this: a window, a request, a block.
    CHECK((whole.end + 1_TiB).value < std::uint64_t{1} << 63);
    CHECK(whole.end + 1_TiB > whole.end);
  }
}

}  // namespace
}  // namespace rimfs::cache
