// SPDX-License-Identifier: MIT
#include "cache/disk/disk_cache.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "cache/block_cache.h"
#include "cache/disk/rig.h"

namespace rimfs::cache::disk {
namespace {

using namespace test;

struct CacheRig {
  TemporaryFolder folder;
  std::string log_file = folder / "log";
  std::string directory = folder / "cache";
  Log log{LogTarget::file, LogLevel::info, log_file};
  BlockCache memory{kBlock * 32, kBlock};

  BlockRef block(std::uint32_t number, std::uint32_t file = 1) {
    BlockRef held = memory.find_or_insert({file, number});
    const Bytes bytes = content(number);
    std::copy(bytes.begin(), bytes.end(), held->writable_data());
    held->mark_present(all_of(number));
    return held;
  }
  std::size_t lines_with(const std::string& word) const {
    std::ifstream stream(log_file);
    std::size_t count = 0;
    for (std::string line; std::getline(stream, line);) count += line.find(word) != std::string::npos ? 1 : 0;
    return count;
  }
};

TEST_CASE("what is saved is there for the next cache, at the latest when this one ends") {
  CacheRig rig;
  {
    DiskCache cache(rig.directory, kPlenty, kGeometry, 64, rig.log);
    const auto store = cache.open(image_key());
    REQUIRE(store);
    for (std::uint32_t block = 0; block <= kLast; ++block) CHECK(cache.save(store, block, rig.block(block)));
    cache.flush();
    CHECK(load(*store, 3, kAll) == kAll);
    CHECK(cache.save(store, 3, rig.block(3)));
  }
  CHECK(rig.memory.referenced_blocks() == 0);
  DiskCache cache(rig.directory, kPlenty, kGeometry, 64, rig.log);
  const auto store = cache.open(image_key());
  for (std::uint32_t block = 0; block <= kLast; ++block) CHECK(load(*store, block, all_of(block)) == all_of(block));
  CHECK(cache.open(image_key("\"v2\""))->totals().blocks == 0);
}

TEST_CASE("the queue takes as many as it may hold, and all of them when the limit is lifted") {
  CacheRig rig;
  DiskCache cache(rig.directory, kPlenty, kGeometry, 0, rig.log);
  const auto store = cache.open(image_key());
  CHECK_FALSE(cache.save(store, 0, rig.block(0)));
  cache.lift_limit();
  CHECK(cache.save(store, 0, rig.block(0)));
  cache.flush();
  CHECK(store->chunks_of(0) == kAll);
}

TEST_CASE("threads that open the same image get the same store, which may write") {
  CacheRig rig;
  DiskCache cache(rig.directory, kPlenty, kGeometry, 64, rig.log);
  for (int turn = 0; turn < 20; ++turn) {
    std::vector<std::shared_ptr<ImageStore>> found(4);
    std::vector<std::thread> threads;
    threads.reserve(found.size());
    for (auto& one : found) threads.emplace_back([&] { one = cache.open(image_key(std::to_string(turn))); });
    for (std::thread& thread : threads) thread.join();
    REQUIRE(found[0]);
    CHECK(std::count(found.begin(), found.end(), found[0]) == 4);
    CHECK(found[0]->may_write());
  }
}

TEST_CASE("what another block size left gives way to what is new") {
  CacheRig rig;
  const ByteCount limit = kBlock * 10;
  {
    const Geometry old = geometry_of(128_KiB);
    BlockCache memory(16_KiB * 64, 16_KiB);
    DiskCache cache(rig.directory, limit, old, 64, rig.log);
    const auto store = cache.open(image_key());
    for (std::uint32_t block = 0; block < 40; ++block) {
      BlockRef held = memory.find_or_insert({1, block});
      std::fill_n(held->writable_data(), 16384, std::byte{1});
      held->mark_present(0xf);
      CHECK(cache.save(store, block, held));
    }
  }
  DiskCache cache(rig.directory, limit, kGeometry, 64, rig.log);
  const auto store = cache.open(image_key());
  for (const std::uint32_t block : {0U, 4U, 8U}) CHECK(cache.save(store, block, rig.block(block)));
  cache.flush();
  cache.save(store, 12, rig.block(12));
  cache.flush();
  CHECK(store->totals().blocks >= 3);
}

TEST_CASE("a directory that is none gives one warning, or is refused at once") {
  CacheRig rig;
  CHECK_THROWS_AS(DiskCache(rig.folder / "no/such", kPlenty, kGeometry, 64, rig.log), Error);
  DiskCache cache(rig.directory, kPlenty, kGeometry, 64, rig.log);
  std::filesystem::remove_all(rig.directory);
  CHECK(cache.open(image_key()) == nullptr);
  CHECK(cache.open(image_key("\"v2\"")) == nullptr);
  CHECK(rig.lines_with("warning") == 1);
  CHECK(rig.lines_with("not written any more") == 1);
  CHECK(cache.state().find("not written any more") != std::string::npos);
}

}  // namespace
}  // namespace rimfs::cache::disk
