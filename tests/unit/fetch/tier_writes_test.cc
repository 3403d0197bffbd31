// SPDX-License-Identifier: MIT
#include "fetch/tier_writes.h"

#include <doctest/doctest.h>

#include "tier_double.h"

using namespace rimfs;
using namespace rimfs::fetch;

namespace {

constexpr ByteCount kBlock = 64_KiB;
constexpr std::uint64_t kWhole = 0xffff;  // 16 chunks of 4 KiB

struct Writing {
  explicit Writing(bool keep_all = false) : writes(cache, keep_all) {}

  /// Writes `count` blocks that one request has brought.
  void write(std::uint64_t first, std::uint64_t count, Urgency urgency = Urgency::demand) {
    std::vector<cache::BlockRef> blocks;
    for (std::uint64_t block = first; block < first + count; ++block) {
      blocks.push_back(cache.find_or_insert(one.file->key_of({block})));
      blocks.back()->mark_present(kWhole);
    }
    writes.write({one.file, {block_start({first}, kBlock), block_start({first + count}, kBlock)}, urgency}, blocks);
  }
  void fill_memory() {
    for (std::uint32_t block = 0; block < 2 * cache.capacity_blocks(); ++block) cache.find_or_insert({9, block});
  }

  StoredFile one{kBlock * 100};
  cache::BlockCache cache{kBlock * 64, kBlock};
  TierWrites writes;
};

}  // namespace

TEST_CASE("a fetched block is written at once when the tier has room") {
  Writing writing;
  writing.write(3, 2);
  CHECK(writing.one.store->chunks == std::map<std::uint32_t, std::uint64_t>{{3, kWhole}, {4, kWhole}});
  CHECK(writing.writes.remembered() == 0);
}

TEST_CASE("a block for which the tier has no room is written later, in order") {
  Writing writing;
  writing.one.store->room = 1;
  writing.write(0, 3);
  CHECK(writing.writes.remembered() == 2);
  writing.one.store->room = 1;
  writing.writes.write_remembered();
  CHECK(writing.one.store->chunks.count(1) == 1);
  CHECK(writing.one.store->chunks.count(2) == 0);
  writing.one.store->room = 1;
  writing.writes.write_remembered();
  CHECK(writing.one.store->chunks.count(2) == 1);
  CHECK(writing.writes.remembered() == 0);
}

TEST_CASE("an eighth of memory is held for the tier; remembered blocks beyond that may be evicted") {
  Writing writing;
  writing.one.store->room = 0;
  writing.write(0, 20);
  writing.fill_memory();
  writing.one.store->room = 1000;
  writing.writes.write_remembered();
  CHECK(writing.one.store->chunks.size() == 8);
  CHECK(writing.writes.remembered() == 0);
}

TEST_CASE("every block is held when filling the tier is the purpose") {
  for (const bool keep_all : {true, false}) {
    Writing writing(keep_all);
    writing.one.store->room = 0;
    writing.write(0, 20, keep_all ? Urgency::demand : Urgency::background);
    writing.fill_memory();
    writing.one.store->room = 1000;
    writing.writes.write_remembered();
    CHECK(writing.one.store->chunks.size() == 20);
  }
}

TEST_CASE("a block of zeros, which has no memory, is written as zeros") {
  Writing writing;
  writing.one.store->room = 0;
  writing.one.file->learn(range_of(block_start({5}, kBlock), kBlock), extents::ExtentKind::zero);
  writing.write(5, 1);
  writing.cache.drop(writing.one.file->key_of({5}));
  writing.one.store->room = 1;
  writing.writes.write_remembered();
  CHECK(writing.one.store->zeros == std::map<std::uint32_t, std::uint64_t>{{5, kWhole}});
  CHECK(writing.writes.remembered() == 0);
}
