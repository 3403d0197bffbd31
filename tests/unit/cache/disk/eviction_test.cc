// SPDX-License-Identifier: MIT
#include "cache/disk/eviction.h"

#include <doctest/doctest.h>

#include <atomic>
#include <utility>

#include "cache/block_cache.h"
#include "cache/disk/disk_cache.h"
#include "cache/disk/rig.h"

namespace rimfs::cache::disk {
namespace {

using namespace test;

using Victims = std::vector<std::pair<std::uint32_t, std::uint32_t>>;  // store, block

Victims victims_of(const std::vector<EvictionCandidate>& candidates, ByteCount wanted) {
  Victims victims;
  for (const EvictionCandidate& one : least_worth(candidates, wanted)) victims.emplace_back(one.store, one.block);
  return victims;
}

constexpr Moment at_hour(unsigned hour) { return moment_of(1'700'000'000 + hour * 3600); }

TEST_CASE("the least recently used blocks of all images are evicted") {
  struct Row {
    const char* says;
    std::vector<EvictionCandidate> candidates;
    ByteCount wanted;
    Victims goes;
  };
  const Row rows[] = {
      {"nothing is wanted", {{0, 1, 1_MiB, at_hour(1), 0}}, ByteCount{0}, {}},
      {"there is nothing", {}, 1_MiB, {}},
      {"all of it is too little", {{0, 1, 1_MiB, at_hour(1), 0}}, 9_MiB, {{0, 1}}},
      {"the oldest goes first, whatever image it is of",
       {{0, 1, 1_MiB, at_hour(3), 0}, {1, 2, 1_MiB, at_hour(1), 0}, {2, 3, 1_MiB, at_hour(2), 0}},
       2_MiB,
       {{1, 2}, {2, 3}}},
      {"no more goes than is wanted, by whole blocks",
       {{0, 1, 1_MiB, at_hour(1), 0}, {0, 2, 1_MiB, at_hour(2), 0}, {0, 3, 1_MiB, at_hour(3), 0}},
       ByteCount{1_MiB + ByteCount{1}},
       {{0, 1}, {0, 2}}},
      {"three uses outweigh two hours, and not four",
       {{0, 1, 1_MiB, at_hour(0), 3}, {0, 2, 1_MiB, at_hour(2), 0}, {0, 3, 1_MiB, at_hour(4), 0}},
       2_MiB,
       {{0, 2}, {0, 1}}},
      {"uses outweigh a day at most: what was hot last week goes",
       {{0, 1, 1_MiB, at_hour(0), 255}, {0, 2, 1_MiB, at_hour(23), 0}, {0, 3, 1_MiB, at_hour(25), 0}},
       2_MiB,
       {{0, 2}, {0, 1}}},
      {"of equal ones the end of the image goes first",
       {{0, 1, 1_MiB, at_hour(1), 0}, {0, 9, 1_MiB, at_hour(1), 0}, {0, 5, 1_MiB, at_hour(1), 0}},
       2_MiB,
       {{0, 9}, {0, 5}}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.says);
    CHECK(victims_of(row.candidates, row.wanted) == row.goes);
  }
}

/// A store whose time the test sets.
struct TimedRig : Rig {
  std::shared_ptr<ImageStore> open(const std::string& name, std::uint32_t& seconds) {
    auto now = [&seconds] { return ImageStore::Clock::time_point(std::chrono::seconds(seconds)); };
    return std::make_shared<ImageStore>(folder.directory().private_below(name), image_key(), kGeometry, space,
                                        ImageStore::Access::write, now);
  }
};

TEST_CASE("recency is shared by all images and survives a restart, including that of reads") {
  TimedRig rig;
  std::uint32_t seconds = 1'700'000'000;
  {
    const auto one = rig.open("one", seconds);
    const auto two = rig.open("two", seconds);
    for (const std::uint32_t block : {0U, 4U, 8U}) {
      seconds += 10'000;
      for (const auto& store : {one, two}) {
        REQUIRE(save(*store, block, kAll));
        store->commit();
      }
    }
    seconds += 10'000;
    REQUIRE(load(*two, 0, kAll) == kAll);  // written first, read last
  }
  const std::vector stores{rig.open("one", seconds), rig.open("two", seconds)};
  CHECK(give_up_least_worth(stores, kBlock * 2) == kBlock * 2);
  CHECK(stores[0]->chunks_of(0) == 0);
  CHECK((stores[0]->chunks_of(4) == 0) != (stores[1]->chunks_of(4) == 0));  // as old as each other: one of them
  CHECK(give_up_least_worth(stores, kBlock * 3) == kBlock * 3);
  CHECK(stores[0]->totals().blocks == 0);
  CHECK(stores[1]->totals().blocks == 1);
  CHECK(stores[1]->chunks_of(0) == kAll);
}

TEST_CASE("reads of the last hour are not recorded again when the store is closed") {
  TimedRig rig;
  std::uint32_t seconds = 1'700'000'000;
  const auto size_after_a_read = [&](std::uint32_t later) {
    seconds += later;
    const auto store = rig.open("one", seconds);
    if (later == 0) {
      REQUIRE(save(*store, 0, kAll));
      store->commit();
    }
    REQUIRE(load(*store, 0, kAll) == kAll);
    return rig.folder / "one/index";
  };
  CHECK(read_file(size_after_a_read(0)).size() == 2 * kRecordSize);
  CHECK(read_file(size_after_a_read(3599)).size() == 2 * kRecordSize);
  CHECK(read_file(size_after_a_read(1)).size() == 3 * kRecordSize);
  CHECK(read_file(size_after_a_read(3599)).size() == 3 * kRecordSize);
}

TEST_CASE("a block evicted during its load is not damaged; a block with bad bytes is, and is reported once") {
  TimedRig rig;
  std::uint32_t seconds = 1'700'000'000;
  const auto store = rig.open("one", seconds);
  Bytes memory(kBlock.value);
  REQUIRE(save(*store, 0, kAll));
  REQUIRE(save(*store, 4, kAll));
  store->commit();
  const auto reader = rig.open("one", seconds);
  store->give_up(std::vector<std::uint32_t>{0});
  CHECK_FALSE(store->load(0, kAll, memory.data()).damaged);
  CHECK_FALSE(reader->load(0, kAll, memory.data()).damaged);  // the writer gave it up
  flip_bit(rig.folder / "one/data", 4 * kBlock.value);
  CHECK(store->load(4, kAll, memory.data()).damaged);
  CHECK_FALSE(store->load(4, kAll, memory.data()).damaged);
}

TEST_CASE("images that no process has open are evicted for current reads") {
  const TemporaryFolder folder;
  Log log(LogTarget::file, LogLevel::info, folder / "log");
  BlockCache memory(kBlock * 32, kBlock);
  const auto block = [&](std::uint32_t number) {
    BlockRef held = memory.find_or_insert({1, number});
    const Bytes bytes = content(number);
    std::copy(bytes.begin(), bytes.end(), held->writable_data());
    held->mark_present(all_of(number));
    return held;
  };
  const ByteCount limit = kBlock * 40;  // eviction begins above 38, and goes down to 36
  std::atomic<unsigned> hour{0};
  const auto now = [&hour] { return ImageStore::Clock::from_time_t(1'700'000'000 + hour * 3600); };
  for (const char* version : {"1", "2", "3", "4", "5", "6", "7"}) {
    DiskCache cache(folder / "cache", limit, kGeometry, 64, log, now);
    const auto store = cache.open(image_key(version));
    for (const std::uint32_t number : {0U, 4U, 8U, 12U, 16U}) REQUIRE(cache.save(store, number, block(number)));
    cache.flush();
    ++hour;
  }
  DiskCache cache(folder / "cache", limit, kGeometry, 64, log, now);
  const auto store = cache.open(image_key("new"));
  for (int turn = 0; turn < 4; ++turn) {  // what finds no room at first is offered again
    for (const std::uint32_t number : {0U, 4U, 8U, 12U, 16U}) REQUIRE(cache.save(store, number, block(number)));
    cache.flush();
  }
  CHECK(store->totals().blocks == 5);
  CHECK(cache.open(image_key("1"))->totals().blocks < 5);
  CHECK(cache.open(image_key("7"))->totals().blocks == 5);
}

}  // namespace
}  // namespace rimfs::cache::disk
