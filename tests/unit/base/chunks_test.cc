// SPDX-License-Identifier: MIT
#include "base/chunks.h"

#include <doctest/doctest.h>

#include <vector>

using namespace rimfs;

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

TEST_CASE("each run is visited once, all 64 chunks as one") {
  const auto runs_of = [](ChunkMask mask) {
    std::vector<std::pair<unsigned, unsigned>> runs;
    each_run(mask, [&](ChunkRun run) { runs.emplace_back(run.first, run.count); });
    return runs;
  };
  using Runs = std::vector<std::pair<unsigned, unsigned>>;
  CHECK(runs_of(0).empty());
  CHECK(runs_of(0b1011001) == Runs{{0, 1}, {3, 2}, {6, 1}});
  CHECK(runs_of(~ChunkMask{0}) == Runs{{0, 64}});
  CHECK(runs_of(ChunkMask{1} << 63 | 1) == Runs{{0, 1}, {63, 1}});
}

TEST_CASE("an aligned range touches exactly its own chunks") {
  for (std::uint64_t first = 0; first < 64; ++first) {
    for (std::uint64_t end = first; end <= 64; ++end) {
      const Offset block = block_start(BlockIndex{3}, 1_MiB);
      const ByteRange range{block + 16_KiB * first, block + 16_KiB * end};
      CHECK(chunks_touched(range, BlockIndex{3}, 1_MiB, 16_KiB) == chunk_run(first, end - first));
    }
  }
}
