// SPDX-License-Identifier: MIT
#include "fetch/background_fill.h"

#include <doctest/doctest.h>

#include "tier_double.h"

using namespace rimfs;
using namespace rimfs::fetch;
using namespace std::chrono_literals;

namespace {

constexpr ByteCount kBlock = 64_KiB;
constexpr std::uint64_t kWhole = 0xffff;  // 16 chunks of 4 KiB
const BackgroundFill::Time kStart = BackgroundFill::Time{} + 1h;

/// One image of 100 blocks that is to be kept whole.
struct Filling {
  Filling() { fill.add(one.file); }

  BackgroundFill::Decision next(std::chrono::milliseconds after = 0ms, std::size_t unwritten = 0,
                                std::vector<Schedule::InProgress> running = {}) {
    return fill.next({.now = kStart + after, .requests = std::move(running)}, unwritten);
  }
  ByteRange blocks(std::uint64_t first, std::uint64_t end) const {
    return {block_start({first}, kBlock), block_start({end}, kBlock)};
  }
  void store(std::uint32_t first, std::uint32_t end) {
    for (std::uint32_t block = first; block < end; ++block) one.store->chunks[block] = kWhole;
  }

  Log log = Log::silent();
  StoredFile one{kBlock * 100};
  TierDouble tier;
  cache::BlockCache cache{kBlock * 256, kBlock};
  BlockMemory memory{cache};
  Schedule schedule{kBlock * 128, {kBlock, kPage, 256}, memory};
  Coverage coverage{cache};
  BackgroundFill fill{cache, &tier, schedule, coverage, log};
};

}  // namespace

TEST_CASE("an image is filled range by range, without what is stored already") {
  Filling filling;
  filling.store(0, 3);
  filling.store(10, 12);
  const auto first = filling.next();
  REQUIRE(first.request);
  CHECK(first.request->range == filling.blocks(3, 10));
  CHECK(first.request->urgency == Urgency::background);
  filling.fill.requested(*filling.one.file, first.request->range.end);
  const auto second = filling.next();
  REQUIRE(second.request);
  CHECK(second.request->range.begin == block_start({12}, kBlock));
}

TEST_CASE("a block of which one chunk is missing is requested, but only what is not in flight") {
  Filling filling;
  filling.store(0, 100);
  filling.one.store->chunks[40] = kWhole & ~1u;
  const auto decision = filling.next();
  REQUIRE(decision.request);
  CHECK(decision.request->range == filling.blocks(40, 41));
  const cache::BlockRef block = filling.cache.find_or_insert(filling.one.file->key_of({40}));
  filling.coverage.begin(*filling.one.file, filling.blocks(40, 41), {block});
  CHECK_FALSE(filling.next().request);
}

TEST_CASE("an image is complete when all of it is stored and no request runs that could fail") {
  Filling filling;
  filling.store(0, 100);
  const Schedule::InProgress running{.file = filling.one.file.get(), .rest = kBlock, .background = true};
  CHECK_FALSE(filling.next(0ms, 0, {running}).request);
  CHECK(filling.fill.count() == 1);
  CHECK_FALSE(filling.next().request);
  CHECK(filling.fill.count() == 0);
}

TEST_CASE("filling ends when the tier is full, the file has changed, or the server refuses it") {
  Filling full;
  full.tier.space = false;
  CHECK_FALSE(full.next().request);
  CHECK(full.fill.count() == 0);

  Filling changed;
  changed.one.file->mark_changed();
  CHECK_FALSE(changed.next().request);
  CHECK(changed.fill.count() == 0);

  Filling refused;
  refused.fill.failed(*refused.one.file, {}, Error(ErrorKind::denied, "403"), kStart);
  CHECK(refused.fill.count() == 0);
}

TEST_CASE("a range that a server failed to send is requested again after ten seconds") {
  Filling filling;
  const auto first = filling.next();
  REQUIRE(first.request);
  filling.fill.requested(*filling.one.file, first.request->range.end);
  filling.fill.failed(*filling.one.file, first.request->range.begin, Error(ErrorKind::unreachable, "reset"), kStart);
  const auto soon = filling.next(9999ms);
  CHECK_FALSE(soon.request);
  REQUIRE(soon.check_again_at);
  CHECK(*soon.check_again_at == kStart + 10s);
  const auto later = filling.next(10s);
  REQUIRE(later.request);
  CHECK(later.request->range == first.request->range);
}

TEST_CASE("no more is requested for a while when the tier is slower than the network") {
  Filling filling;
  const auto behind = filling.next(0ms, 17);
  CHECK_FALSE(behind.request);
  REQUIRE(behind.check_again_at);
  CHECK(*behind.check_again_at == kStart + 20ms);
  CHECK_FALSE(filling.next(19ms).request);
  CHECK(filling.next(20ms).request);
}

TEST_CASE("an image is not filled without a tier, nor while another process writes it, and only once") {
  Filling filling;
  filling.fill.add(filling.one.file);
  CHECK(filling.fill.count() == 1);

  StoredFile foreign(kBlock, 2);
  foreign.store->writable = false;
  filling.fill.add(foreign.file);
  CHECK(filling.fill.count() == 1);

  BackgroundFill none(filling.cache, nullptr, filling.schedule, filling.coverage, filling.log);
  none.add(filling.one.file);
  CHECK(none.count() == 0);
}

TEST_CASE("an image with a new store is examined from its beginning") {
  Filling filling;
  filling.fill.requested(*filling.one.file, block_start({50}, kBlock));
  filling.fill.restart(*filling.one.file);
  const auto decision = filling.next();
  REQUIRE(decision.request);
  CHECK(decision.request->range.begin == Offset{0});
}
