// SPDX-License-Identifier: MIT
#include "fetch/chunks.h"

#include <doctest/doctest.h>

using namespace rimfs;
using namespace rimfs::fetch;

TEST_CASE("a range touches the chunks it overlaps, in its block only") {
  struct Row {
    ByteRange range;
    std::uint64_t block;
    ChunkMask touched;
  };
  const Row rows[] = {
      {{{0}, {1}}, 0, 0b1},
      {{{0}, {(16_KiB).value}}, 0, 0b1},
      {{{(16_KiB).value - 1}, {(16_KiB).value + 1}}, 0, 0b11},
      {{{0}, {(1_MiB).value}}, 0, ~ChunkMask{0}},
      {{{(1_MiB).value}, {(1_MiB).value + 1}}, 0, 0},
      {{{0}, {(3_MiB).value}}, 1, ~ChunkMask{0}},
      {{{(1_MiB).value - 1}, {(1_MiB).value + 1}}, 1, 0b1},
  };
  for (const Row& row : rows) {
    CHECK(chunks_touched(row.range, BlockIndex{row.block}, 1_MiB, 16_KiB) == row.touched);
  }
}

TEST_CASE("runs of chunks are found from the lowest bit") {
  CHECK(first_run(0).count == 0);
  CHECK(first_run(0b0110).first == 1);
  CHECK(first_run(0b0110).count == 2);
  CHECK(first_run(~ChunkMask{0}).count == 64);
  CHECK(chunk_run(0, 64) == ~ChunkMask{0});
  CHECK(chunk_run(63, 1) == ChunkMask{1} << 63);
}
