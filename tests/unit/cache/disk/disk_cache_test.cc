// SPDX-License-Identifier: MIT
#include "cache/disk/disk_cache.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

#include "cache/block_cache.h"
#include "cache/disk/faults.h"
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
  std::size_t lines_with(const std::string& word) {
    log.flush();
    std::ifstream stream(log_file);
    std::size_t count = 0;
    for (std::string line; std::getline(stream, line);) count += line.find(word) != std::string::npos ? 1 : 0;
    return count;
  }
};

TEST_CASE("saved blocks are present in the next cache, at the latest when this one ends") {
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

TEST_CASE("the queue accepts blocks up to its limit, and all of them after the limit is lifted") {
  CacheRig rig;
  DiskCache cache(rig.directory, kPlenty, kGeometry, 0, rig.log);
  const auto store = cache.open(image_key());
  CHECK_FALSE(cache.save(store, 0, rig.block(0)));
  cache.lift_limit();
  CHECK(cache.save(store, 0, rig.block(0)));
  cache.flush();
  CHECK(store->chunks_of(0) == kAll);
}

TEST_CASE("threads that open the same image get the same writable store") {
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

TEST_CASE("blocks of another block size are evicted for new blocks") {
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

TEST_CASE("an image opened while its last store is being closed is writable") {
  CacheRig rig;
  DiskCache cache(rig.directory, kPlenty, kGeometry, 64, rig.log);
  std::atomic<unsigned> refused{0};
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 500; ++turn) {
        const auto store = cache.open(image_key());
        if (!store || !store->may_write()) ++refused;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(refused == 0);
  cache.flush();
  const auto store = cache.open(image_key());
  CHECK(cache.save(store, 0, rig.block(0)));
  cache.flush();
  CHECK(store->chunks_of(0) == kAll);
}

TEST_CASE("releasing a store does not write: the cache's own thread records the uses and closes it") {
  CacheRig rig;
  DiskCache cache(rig.directory, kPlenty, kGeometry, 64, rig.log);
  auto store = cache.open(image_key());
  REQUIRE(cache.save(store, 0, rig.block(0)));
  cache.flush();
  bool wrote = false;
  {
    const Watch watch([&](Call, const std::string&) { wrote = true; });  // of this thread
    store.reset();
  }
  CHECK_FALSE(wrote);
  cache.flush();
  Space space(Directory::private_at(rig.directory), kPlenty, [] { return ByteCount{}; });
  const ImageStore again(Folder(rig.directory).store_of(image_key(), kGeometry), image_key(), kGeometry, space);
  CHECK(again.may_write());  // nobody has its lock any more
}

TEST_CASE("a limit below one block is reported, and nothing is written") {
  CacheRig rig;
  DiskCache cache(rig.directory, kBlock / 2, kGeometry, 64, rig.log);
  CHECK(rig.lines_with("less than one block") == 1);
  CHECK(cache.state().find("less than one block") != std::string::npos);
  const auto store = cache.open(image_key());
  CHECK((!store || cache.save(store, 0, rig.block(0))));
  cache.flush();
  CHECK((!store || store->totals().blocks == 0));
}

TEST_CASE("irregular files in a store cause one warning with their names, and reading continues") {
  for (const char* name : {"data", "index", "lock"}) {
    CAPTURE(name);
    CacheRig rig;
    test::write_file(rig.folder / "precious", Bytes(100, std::byte{7}));
    const std::string store_path = [&] {
      DiskCache cache(rig.directory, kPlenty, kGeometry, 64, rig.log);
      REQUIRE(cache.open(image_key()));
      return rig.directory + "/images/" + Folder::name_of(image_key(), kGeometry);
    }();
    const std::string file = store_path + "/" + name;
    std::filesystem::remove(file);
    std::filesystem::create_symlink(rig.folder / "precious", file);
    DiskCache cache(rig.directory, kPlenty, kGeometry, 64, rig.log);
    CHECK(cache.open(image_key()) == nullptr);
    CHECK(rig.lines_with("the disk cache is not used") == 1);
    CHECK(rig.lines_with(file + ": it is a symbolic link") == 1);
    CHECK(cache.state() == "caching");  // other images are kept
    CHECK(cache.open(image_key("\"other\"")) != nullptr);
    CHECK(read_file(rig.folder / "precious") == Bytes(100, std::byte{7}));
  }
}

TEST_CASE("an invalid cache directory causes one warning, or is refused at once") {
  CacheRig rig;
  CHECK_THROWS_AS(DiskCache("/proc/no/such", kPlenty, kGeometry, 64, rig.log), Error);
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
