// SPDX-License-Identifier: MIT
#include "formats/range_set.h"

#include <doctest/doctest.h>

#include <bitset>
#include <random>

using namespace rimfs;
using formats::RangeSet;

TEST_CASE("a set of ranges agrees with a set of single bytes") {
  constexpr unsigned kSeed = 7;
  constexpr std::uint64_t kSize = 64;
  std::mt19937 random(kSeed);
  CAPTURE(kSeed);
  for (unsigned round = 0; round < 200; ++round) {
    RangeSet set;
    std::bitset<kSize> model;
    for (unsigned step = 0; step < 12; ++step) {
      const std::uint64_t begin = random() % kSize;
      const ByteRange range{Offset{begin}, Offset{begin + random() % (kSize - begin + 1)}};
      std::bitset<kSize> gaps;
      for (const ByteRange& gap : set.missing(range)) {
        REQUIRE_FALSE(gap.empty());
        for (std::uint64_t i = gap.begin.value; i < gap.end.value; ++i) gaps.set(i);
      }
      for (std::uint64_t i = 0; i < kSize; ++i) REQUIRE(gaps[i] == (range.contains(Offset{i}) && !model[i]));
      set.add(range);
      for (std::uint64_t i = range.begin.value; i < range.end.value; ++i) model.set(i);
    }
  }
}
