// SPDX-License-Identifier: MIT
// A block is filled in chunks. A block has at most 64 chunks, so one word is a bitmap of the chunks that are present.
#pragma once

#include <bit>
#include <cstdint>

#include "base/byte_range.h"

namespace rimfs {

using ChunkMask = std::uint64_t;

/// A mask of `count` chunks, beginning with chunk `first`.
constexpr ChunkMask chunk_run(std::uint64_t first, std::uint64_t count) {
  if (count == 0) return 0;
  const ChunkMask ones = count >= 64 ? ~ChunkMask{0} : (ChunkMask{1} << count) - 1;
  return ones << first;
}

/// The chunks of block `block` that `range` touches. Both sizes are powers of two.
constexpr ChunkMask chunks_touched(ByteRange range, BlockIndex block, ByteCount block_size, ByteCount chunk_size) {
  const Offset start = block_start(block, block_size);
  const ByteRange inside = range.intersect(range_of(start, block_size));
  if (inside.empty()) return 0;
  const std::uint64_t first = (inside.begin - start).value / chunk_size.value;
  const std::uint64_t last = ((inside.end - start).value - 1) / chunk_size.value;
  return chunk_run(first, last - first + 1);
}

/// The first run of set bits: its first bit and its length. The length is 0 when no bit is set.
struct ChunkRun {
  unsigned first = 0;
  unsigned count = 0;
};
constexpr ChunkRun first_run(ChunkMask mask) {
  if (mask == 0) return {};
  const auto first = static_cast<unsigned>(std::countr_zero(mask));
  return {first, static_cast<unsigned>(std::countr_one(mask >> first))};
}

/// Calls `f` for each run of set bits, in ascending order.
template <typename F>
constexpr void each_run(ChunkMask mask, F f) {
  for (ChunkRun run = first_run(mask); run.count > 0; run = first_run(mask)) {
    f(run);
    mask &= ~chunk_run(run.first, run.count);
  }
}

}  // namespace rimfs
