// SPDX-License-Identifier: MIT
#include "cache/disk/space.h"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "cache/disk/rig.h"

namespace rimfs::cache::disk {
namespace {

using namespace test;

TEST_CASE("eight threads, each with a view of its own, never reserve more than the limit") {
  const TemporaryFolder folder;
  constexpr std::uint64_t kLimit = 1000;
  std::atomic<std::uint64_t> reserved = 0;
  std::atomic<std::uint64_t> over = 0;
  const auto nothing = [] { return ByteCount{}; };
  const Space first(folder / "space", ByteCount{kLimit}, nothing);
  const auto work = [&](std::uint64_t seed) {
    Space space(folder / "space", ByteCount{kLimit}, nothing);
    std::mt19937_64 random(seed);
    std::uint64_t mine = 0;
    for (int i = 0; i < 20000; ++i) {
      const std::uint64_t bytes = random() % 300;
      if (space.reserve(ByteCount{bytes})) {
        mine += bytes;
        if (reserved += bytes; reserved > kLimit) ++over;
      }
      if (random() % 2 == 0) {
        reserved -= mine;
        space.give_back(ByteCount{mine});
        mine = 0;
      }
    }
    reserved -= mine;
    space.give_back(ByteCount{mine});
  };
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < 8; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
  CHECK(over == 0);
  CHECK(first.used() == ByteCount{});
}

TEST_CASE("who opens alone counts; who joins takes over the number") {
  const TemporaryFolder folder;
  {
    Space first(folder / "space", 1_MiB, [] { return 100_KiB; });
    CHECK(first.used() == 100_KiB);
    CHECK(first.reserve(50_KiB));
    Space second(folder / "space", 1_MiB, [] { return ByteCount{7}; });
    CHECK(second.used() == 150_KiB);
    second.give_back(20_KiB);
    CHECK(first.used() == 130_KiB);
  }
  const Space third(folder / "space", 1_MiB, [] { return ByteCount{7}; });
  CHECK(third.used() == ByteCount{7});
}

TEST_CASE("the ceiling can be reached and not passed; more given back than reserved is nothing") {
  const TemporaryFolder folder;
  Space space(folder / "space", ByteCount{100}, [] { return ByteCount{}; });
  CHECK_FALSE(space.reserve(ByteCount{100}));
  CHECK(space.reserve(ByteCount{99}));
  CHECK_FALSE(space.reserve(ByteCount{1}));
  CHECK(space.reserve(ByteCount{0}));
  space.give_back(ByteCount{500});
  CHECK(space.used() == ByteCount{});
}

}  // namespace
}  // namespace rimfs::cache::disk
