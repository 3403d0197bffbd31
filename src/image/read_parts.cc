// SPDX-License-Identifier: MIT
#include "image/read_parts.h"

#include <algorithm>
#include <array>

namespace rimfs::image {
namespace {

/// The zeros of replies. Never written, so the kernel backs all of it with one page.
constexpr ByteCount kZeroesSize = 1_MiB;
const std::byte* zeroes() {
  static std::array<std::byte, kZeroesSize.value> bytes{};
  return bytes.data();
}

void add_zeroes(Parts& parts, ByteCount size) {
  while (!size.is_zero()) {
    const ByteCount n = std::min(size, kZeroesSize);
    parts.push_back({const_cast<std::byte*>(zeroes()), n.value});
    size -= n;
  }
}

}  // namespace

void append_parts(ByteRange range, std::span<const cache::BlockRef> blocks, ByteCount block_size, Parts& parts) {
  parts.reserve(parts.size() + blocks.size());
  BlockIndex index = block_at(range.begin, block_size);
  for (const cache::BlockRef& block : blocks) {
    const Offset start = block_start(index, block_size);
    const ByteRange inside = range.intersect(range_of(start, block_size));
    if (block) {
      auto* bytes = const_cast<std::byte*>(block->data()) + (inside.begin - start).value;
      parts.push_back({bytes, inside.size().value});
    } else {
      add_zeroes(parts, inside.size());
    }
    index = index.next();
  }
}

}  // namespace rimfs::image
