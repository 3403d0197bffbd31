// SPDX-License-Identifier: MIT
#include "cache/block_cache.h"

#include <doctest/doctest.h>
#include <malloc.h>

#include <cstring>
#include <vector>

#include "base/error.h"

namespace rimfs::cache {
namespace {

constexpr ByteCount kBlock = 4_KiB;  // small, so that a cache of thousands of blocks costs little

BlockKey key(std::size_t block, std::uint32_t file = 1) { return {file, static_cast<std::uint32_t>(block)}; }

TEST_CASE("a block is absent until inserted, then found with the bytes that were written") {
  BlockCache cache(1_MiB, 64_KiB);
  CHECK_FALSE(cache.find(key(3)));
  BlockRef made = cache.find_or_insert(key(3));
  REQUIRE(made);
  CHECK(made->present() == 0);
  std::memset(made->writable_data(), 0x5a, cache.block_size().value);
  made->mark_present(0b101);
  made->mark_present(0b10);
  const BlockRef found = cache.find(key(3));
  REQUIRE(found);
  CHECK(found->present() == 0b111);
  CHECK(found->data()[cache.block_size().value - 1] == std::byte{0x5a});
  CHECK_FALSE(cache.peek(key(3, 2)));
}

TEST_CASE("a chunk is a sixty-fourth of a block, and at least a page") {
  CHECK(BlockCache(16_MiB, 1_MiB).chunk_size() == 16_KiB);
  CHECK(BlockCache(1_MiB, 64_KiB).chunk_size() == 4_KiB);
}

TEST_CASE("memory for fewer than four blocks is refused as misuse") {
  try {
    BlockCache cache(3_MiB, 1_MiB);
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::misuse);
  }
}

TEST_CASE("the limit is never exceeded, whatever is inserted") {
  for (const std::size_t blocks : std::initializer_list<std::size_t>{4, 16, 100, 1000}) {
    BlockCache cache(kBlock * blocks, kBlock);
    CHECK(cache.capacity_blocks() == blocks);
    for (std::size_t i = 0; i < blocks * 5; ++i) {
      REQUIRE(cache.find_or_insert(key(i)));
      REQUIRE(cache.used_blocks() <= blocks);
    }
    CHECK(cache.used_blocks() == blocks);
    CHECK(cache.referenced_blocks() == 0);
  }
}

TEST_CASE("a held block is not evicted, and its memory is not reused") {
  BlockCache cache(kBlock * 64, kBlock);
  std::vector<BlockRef> held;
  for (std::size_t i = 0; i < 10; ++i) {
    held.push_back(cache.find_or_insert(key(i)));
    std::memset(held[i]->writable_data(), static_cast<int>(i), kBlock.value);
    held[i]->mark_present(1);
  }
  for (std::size_t i = 1000; i < 3000; ++i) {
    const BlockRef other = cache.find_or_insert(key(i));
    REQUIRE(other);
    std::memset(other->writable_data(), 0xff, kBlock.value);
  }
  CHECK(cache.referenced_blocks() == 10);
  for (std::size_t i = 0; i < held.size(); ++i) {
    const BlockRef again = cache.peek(key(i));
    REQUIRE(again);
    CHECK(again->data() == held[i]->data());
    CHECK(held[i]->data()[0] == static_cast<std::byte>(i));
    CHECK(held[i]->data()[kBlock.value - 1] == static_cast<std::byte>(i));
  }
}

TEST_CASE("an insertion fails while all blocks are held and succeeds after a release") {
  for (const std::size_t blocks : std::initializer_list<std::size_t>{4, 16, 200}) {
    BlockCache cache(kBlock * blocks, kBlock);
    std::vector<BlockRef> held;
    for (std::size_t i = 0; i < blocks; ++i) held.push_back(cache.find_or_insert(key(i)));
    CHECK_FALSE(cache.find_or_insert(key(blocks)));
    CHECK(cache.find_or_insert(key(0)));
    held[blocks / 2] = BlockRef();
    CHECK(cache.find_or_insert(key(blocks)));
    CHECK_FALSE(cache.peek(key(blocks / 2)));
  }
}

// Regression: held blocks in one queue used up every look, so unheld ones in the other were never evicted.
TEST_CASE("one unheld block in either queue is sufficient for an insertion") {
  for (std::size_t spare = 0; spare < 40; ++spare) {
    BlockCache cache(kBlock * 40, kBlock);
    for (std::size_t i = 0; i < 40; ++i) cache.find_or_insert(key(i));
    for (int use = 0; use < 3; ++use) {
      for (std::size_t i = 0; i < 30; ++i) cache.find(key(i));
    }
    for (std::size_t i = 40; i < 50; ++i) cache.find_or_insert(key(i));  // 0 to 29 move to the main queue
    std::vector<BlockRef> held;
    std::size_t cached = 0;
    for (std::size_t i = 0; i < 50; ++i) {
      if (BlockRef block = cache.peek(key(i)); block && cached++ != spare) held.push_back(std::move(block));
    }
    REQUIRE(held.size() == 39);
    CAPTURE(spare);
    CHECK(cache.find_or_insert(key(99)));
  }
}

TEST_CASE("a hot set survives one pass over ten times the cache, with the reader just behind readahead") {
  for (const std::size_t blocks : std::initializer_list<std::size_t>{64, 512, 4096}) {
    BlockCache cache(kBlock * blocks, kBlock);
    const std::size_t hot = blocks / 2;
    for (std::size_t i = 0; i < hot; ++i) cache.find_or_insert(key(i));
    for (int use = 0; use < 2; ++use) {
      for (std::size_t i = 0; i < hot; ++i) cache.find(key(i));
    }
    for (std::size_t i = 0; i < blocks * 10; ++i) {
      REQUIRE(cache.find_or_insert(key(i, 2)));
      cache.find(key(i, 2));
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < hot; ++i) kept += cache.peek(key(i)) ? 1 : 0;
    CAPTURE(blocks);
    CHECK(kept * 100 >= hot * 90);
  }
}

TEST_CASE("a dropped block is absent at once, and its slot is freed when the last holder releases it") {
  BlockCache cache(kBlock * 16, kBlock);
  BlockRef held = cache.find_or_insert(key(1));
  std::memset(held->writable_data(), 0x11, kBlock.value);
  BlockRef second = held;
  cache.drop(key(1));
  CHECK_FALSE(cache.find(key(1)));
  CHECK(cache.used_blocks() == 1);
  const BlockRef fresh = cache.find_or_insert(key(1));
  CHECK(fresh->data() != held->data());
  CHECK(fresh->present() == 0);
  CHECK(cache.used_blocks() == 2);
  held = BlockRef();
  CHECK(second->data()[0] == std::byte{0x11});
  CHECK(cache.used_blocks() == 2);
  second = BlockRef();
  CHECK(cache.used_blocks() == 1);
  cache.drop(key(7));  // never there
}

TEST_CASE("drop_file removes every block of that file and no other") {
  BlockCache cache(kBlock * 300, kBlock);
  for (std::size_t i = 0; i < 100; ++i) {
    cache.find_or_insert(key(i, 1));
    cache.find_or_insert(key(i, 2));
  }
  BlockRef held = cache.peek(key(5, 1));
  cache.drop_file(1);
  CHECK(cache.used_blocks() == 101);
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK_FALSE(cache.peek(key(i, 1)));
    CHECK(cache.peek(key(i, 2)));
  }
  held = BlockRef();
  CHECK(cache.used_blocks() == 100);
}

TEST_CASE("bookkeeping takes at most 64 bytes a block") {
  static_assert(sizeof(Block) <= 64 - 2 * sizeof(std::uint32_t));  // less a bucket and a ghost
  constexpr std::size_t kBlocks = 65536;
  const auto heap = [] {
    const auto info = mallinfo2();  // a sanitizer's allocator answers zeros
    return info.uordblks + info.hblkhd;
  };
  const std::size_t before = heap();
  const BlockCache cache(kBlock * kBlocks, kBlock);
  CHECK(heap() - before <= kBlocks * 64);
}

}  // namespace
}  // namespace rimfs::cache
