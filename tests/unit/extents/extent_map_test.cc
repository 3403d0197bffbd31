// SPDX-License-Identifier: MIT
#include "extents/extent_map.h"

#include <doctest/doctest.h>

#include <random>
#include <vector>

namespace rimfs::extents {
namespace {

constexpr ExtentKind kUnknown = ExtentKind::unknown;
constexpr ExtentKind kData = ExtentKind::data;
constexpr ExtentKind kZero = ExtentKind::zero;

ByteRange bytes(std::uint64_t begin, std::uint64_t end) { return {Offset{begin}, Offset{end}}; }

TEST_CASE("a new map is one unknown run") {
  const ExtentMap map(ByteCount{100});
  CHECK(map.all() == std::vector<Extent>{{bytes(0, 100), kUnknown}});
  CHECK(map.known_zero().is_zero());
  CHECK_FALSE(map.next_hole(Offset{0}));
  CHECK(map.next_data(Offset{7}) == Offset{7});
  CHECK_FALSE(map.next_data(Offset{100}));
}

TEST_CASE("an empty file has no extents") {
  ExtentMap map(ByteCount{0});
  map.learn(bytes(0, 10), kZero);
  CHECK(map.all().empty());
  CHECK_FALSE(map.next_data(Offset{0}));
  CHECK_FALSE(map.next_hole(Offset{0}));
}

TEST_CASE("adjacent ranges of one kind become one run, and bytes past the end are ignored") {
  ExtentMap map(ByteCount{100});
  map.learn(bytes(0, 10), kZero);
  map.learn(bytes(20, 30), kZero);
  map.learn(bytes(10, 20), kZero);
  map.learn(bytes(90, 500), kData);
  map.learn(bytes(200, 300), kZero);
  CHECK(map.all() == std::vector<Extent>{{bytes(0, 30), kZero}, {bytes(30, 90), kUnknown}, {bytes(90, 100), kData}});
  CHECK(map.known_zero() == ByteCount{30});
}

TEST_CASE("the newest kind of a range replaces older ones and splits a run") {
  ExtentMap map(ByteCount{100});
  map.learn(bytes(0, 100), kZero);
  map.learn(bytes(40, 60), kData);
  CHECK(map.is_zero(bytes(0, 40)));
  CHECK_FALSE(map.is_zero(bytes(39, 41)));
  CHECK(map.is_zero(bytes(50, 50)));
  CHECK_FALSE(map.is_zero(bytes(90, 101)));
  CHECK(map.next_data(Offset{0}) == Offset{40});
  CHECK(map.next_hole(Offset{40}) == Offset{60});
  CHECK_FALSE(map.next_data(Offset{60}));
}

TEST_CASE("at the limit of runs, only ranges that extend a run are added") {
  ExtentMap map(ByteCount{1000}, 3);
  map.learn(bytes(0, 10), kZero);
  map.learn(bytes(20, 30), kZero);
  map.learn(bytes(40, 50), kZero);
  map.learn(bytes(60, 70), kZero);
  CHECK(map.runs() == 3);
  CHECK(map.at(Offset{65}) == kUnknown);
  map.learn(bytes(50, 70), kZero);
  map.learn(bytes(30, 35), kZero);
  map.learn(bytes(15, 22), kZero);
  CHECK(map.all() == std::vector<Extent>{{bytes(0, 10), kZero},
                                         {bytes(10, 15), kUnknown},
                                         {bytes(15, 35), kZero},
                                         {bytes(35, 40), kUnknown},
                                         {bytes(40, 70), kZero},
                                         {bytes(70, 1000), kUnknown}});
  map.learn(bytes(45, 46), kData);  // what was wrong is forgotten, however full the map is
  CHECK(map.at(Offset{45}) == kUnknown);
  CHECK(map.known_zero() == ByteCount{59});
}

TEST_CASE("the cost of a 64 TiB map is that of its runs") {
  ExtentMap map(64_TiB);
  map.learn({Offset{}, Offset{(64_TiB).value}}, kZero);
  CHECK(map.runs() == 1);
  CHECK(map.known_zero() == 64_TiB);
  const ByteRange last{Offset{(64_TiB).value - 4096}, Offset{(64_TiB).value}};
  map.learn(last, kData);
  CHECK(map.next_data(Offset{}) == last.begin);
  CHECK_FALSE(map.next_hole(last.begin));
}

/// What the map says at every byte, against an array with one kind a byte.
void compare(const ExtentMap& map, const std::vector<ExtentKind>& bytes_kinds) {
  const std::size_t size = bytes_kinds.size();
  std::uint64_t zeros = 0;
  std::optional<Offset> hole;
  std::optional<Offset> data;
  for (std::size_t i = size; i-- > 0;) {
    const Offset here{i};
    if (bytes_kinds[i] == kZero) ++zeros;
    (bytes_kinds[i] == kZero ? hole : data) = here;
    REQUIRE(map.at(here) == bytes_kinds[i]);
    REQUIRE(map.next_hole(here) == hole);
    REQUIRE(map.next_data(here) == data);
  }
  REQUIRE(map.known_zero() == ByteCount{zeros});

  std::uint64_t reached = 0;
  ExtentKind before = kUnknown;
  for (const Extent& extent : map.all()) {
    REQUIRE(extent.range.begin == Offset{reached});
    REQUIRE_FALSE(extent.range.empty());
    REQUIRE((reached == 0 || extent.kind != before));  // merged
    for (; reached < extent.range.end.value; ++reached) {
      REQUIRE(bytes_kinds[reached] == extent.kind);
      REQUIRE(map.extent_at(Offset{reached}) == extent);
    }
    before = extent.kind;
  }
  REQUIRE(reached == size);
}

TEST_CASE("random operations agree with an array of one kind a byte") {
  for (int round = 0; round < 60; ++round) {
    const std::uint64_t seed = std::random_device{}();
    INFO("seed ", seed);
    std::mt19937_64 random(seed);
    const std::size_t size = 1 + random() % 120;
    const std::size_t longest = 1 + random() % 40;
    ExtentMap map(ByteCount{size});
    std::vector<ExtentKind> model(size, kUnknown);
    for (int step = 0; step < 60; ++step) {
      const std::size_t begin = random() % (size + 5);
      const std::size_t end = begin + random() % longest;
      const ExtentKind kind = random() % 8 == 0 ? kUnknown : random() % 2 == 0 ? kData : kZero;
      map.learn(bytes(begin, end), kind);
      for (std::size_t i = begin; i < end && i < size; ++i) model[i] = kind;
      compare(map, model);
      const std::size_t from = random() % size;
      const std::size_t to = from + random() % (size - from + 1);
      bool zero = true;
      for (std::size_t i = from; i < to; ++i) zero = zero && model[i] == kZero;
      REQUIRE(map.is_zero(bytes(from, to)) == zero);
    }
  }
}

}  // namespace
}  // namespace rimfs::extents
