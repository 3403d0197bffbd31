// SPDX-License-Identifier: MIT
#include "traces/recording.h"

#include <doctest/doctest.h>

#include <random>
#include <set>

using namespace rimfs;
using namespace rimfs::traces;

namespace {

constexpr ByteCount kImage = 1_GiB;
ByteRange at(ByteCount begin, ByteCount size) { return range_of(Offset{begin.value}, size); }

std::vector<ByteRange> recorded(const std::vector<Read>& reads, ByteCount size = kImage) {
  Recording recording(size);
  std::uint64_t number = 0;
  for (Read read : reads) {
    read.number = number++;
    recording.observe(read);
  }
  return recording.trace().ranges;
}

}  // namespace

TEST_CASE("ranges are in the order of first use, each byte once") {
  struct Row {
    const char* title;
    std::vector<Read> reads;
    std::vector<ByteRange> expected;
  };
  const Row rows[] = {
      {"nothing", {}, {}},
      {"in the order of the reads", {{at(5_MiB, 64_KiB)}, {at(1_MiB, 64_KiB)}}, {at(5_MiB, 64_KiB), at(1_MiB, 64_KiB)}},
      {"in whole units", {{at(1_MiB + 5_KiB, 4_KiB)}}, {at(1_MiB, 16_KiB)}},
      {"read again",
       {{at(1_MiB, 64_KiB)}, {at(5_MiB, 16_KiB)}, {at(1_MiB, 32_KiB)}},
       {at(1_MiB, 64_KiB), at(5_MiB, 16_KiB)}},
      {"what touches comes along",
       {{at(1_MiB, 64_KiB)}, {at(5_MiB, 16_KiB)}, {at(1_MiB + 64_KiB, 64_KiB)}},
       {at(1_MiB, 128_KiB), at(5_MiB, 16_KiB)}},
      {"from the other side",
       {{at(5_MiB, 16_KiB)}, {at(1_MiB + 64_KiB, 64_KiB)}, {at(1_MiB, 80_KiB)}},
       {at(5_MiB, 16_KiB), at(1_MiB, 128_KiB)}},
      {"a bridge between two",
       {{at(2_MiB, 64_KiB)}, {at(9_MiB, 16_KiB)}, {at(1_MiB, 64_KiB)}, {at(1_MiB + 32_KiB, 1_MiB)}},
       {at(1_MiB, 1_MiB + 64_KiB), at(9_MiB, 16_KiB)}},
      {"the end of the file", {{at(kImage - 8_KiB, 64_KiB)}}, {at(kImage - 16_KiB, 16_KiB)}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    CHECK(recorded(row.reads) == row.expected);
  }
}

TEST_CASE("of a copy only the beginning is recorded; ranges needed before it remain") {
  // A look, a table that the copy comes along, then 30 MiB in order, and a jump.
  std::vector<Read> reads = {{at(500_MiB, 64_KiB)}, {at(3_MiB, 16_KiB)}, {at(20_MiB + 64_KiB, 64_KiB)}};
  for (std::uint64_t i = 0; i < std::uint64_t{30} * 8; ++i) {
    const ByteRange read = at(128_KiB * i, 128_KiB);
    const ByteRange gone_through{Offset{}, read.end};
    const bool copies = gone_through.size() >= 8_MiB;
    reads.push_back({read, 0, copies ? gone_through : ByteRange{}, 3});
  }
  reads.push_back({at(600_MiB, 16_KiB)});
  const std::vector<ByteRange> expected = {at(500_MiB, 64_KiB), at(3_MiB, 16_KiB), at(20_MiB + 64_KiB, 64_KiB),
                                           at({}, 256_KiB), at(600_MiB, 16_KiB)};
  CHECK(recorded(reads) == expected);
}

TEST_CASE("a copy in large reads has the same beginning") {
  const std::vector<Read> reads = {{at(10_MiB, 4_MiB)}, {at(14_MiB, 4_MiB)}, {at(18_MiB, 1_MiB), 0, at(10_MiB, 9_MiB)}};
  const std::vector<ByteRange> expected = {at(10_MiB, 256_KiB)};
  CHECK(recorded(reads) == expected);
}

TEST_CASE("of a copy of most of the image not even the beginnings are recorded") {
  // Two readers copy a half each.
  std::vector<Read> reads = {{at(90_MiB, 64_KiB)}};
  for (std::uint64_t i = 0; i < std::uint64_t{50} * 8; ++i) {
    for (const ByteCount half : {ByteCount{}, 50_MiB}) {
      const ByteRange read = at(half + 128_KiB * i, 128_KiB);
      const ByteRange gone_through{Offset{half.value}, read.end};
      const std::uint64_t since = half.is_zero() ? 1 : 2;
      reads.push_back({read, 0, i < 64 ? ByteRange{} : gone_through, since});
    }
  }
  const auto part = std::vector<Read>(reads.begin(), reads.begin() + 300);
  const std::vector<ByteRange> before = {at(90_MiB, 64_KiB)};
  const std::vector<ByteRange> with_beginnings = {at(90_MiB, 64_KiB), at({}, 256_KiB), at(50_MiB, 256_KiB)};
  CHECK(recorded(reads, 100_MiB) == before);
  CHECK(recorded(part, 100_MiB) == with_beginnings);
}

TEST_CASE("a recording reports when its trace has changed") {
  Recording recording(kImage);
  CHECK(recording.observe({at(1_MiB, 64_KiB)}));
  CHECK_FALSE(recording.observe({at(1_MiB, 64_KiB)}));
  CHECK_FALSE(recording.observe({at(1_MiB + 4_KiB, 4_KiB)}));
  CHECK_FALSE(recording.observe({}));
  CHECK(recording.observe({at(1_MiB, 68_KiB)}));
  CHECK_FALSE(recording.observe({at(20_MiB, 128_KiB), 5, at(10_MiB, 10_MiB), 5}));
}

TEST_CASE("a trace at its limit keeps its first ranges") {
  Recording many(1_TiB);
  for (std::uint64_t i = 0; i < 2 * kMostRanges; ++i) many.observe({at(1_MiB * i, 4_KiB), i});
  CHECK(many.trace().ranges.size() == kMostRanges);
  CHECK(many.trace().ranges.back() == at(1_MiB * (kMostRanges - 1), 16_KiB));

  Recording large(1_TiB);
  for (std::uint64_t i = 0; i < 200; ++i) large.observe({at(10_MiB * i, 1_MiB), i});
  CHECK(large.trace().bytes() == kMostBytes);
}

TEST_CASE("random reads are recorded as in a model") {
  constexpr unsigned kSeed = 11;
  CAPTURE(kSeed);
  std::mt19937 random(kSeed);
  for (unsigned round = 0; round < 50; ++round) {
    Recording recording(kUnit * 64);
    std::set<std::uint64_t> units;
    for (unsigned step = 0; step < 20; ++step) {
      const std::uint64_t begin = random() % 64;
      const std::uint64_t count = 1 + random() % std::min<std::uint64_t>(6, 64 - begin);
      recording.observe({at(kUnit * begin, kUnit * count), step});
      for (std::uint64_t i = begin; i < begin + count; ++i) units.insert(i);
    }
    std::set<std::uint64_t> found;
    for (const ByteRange& range : recording.trace().ranges) {
      for (Offset one = range.begin; one < range.end; one += kUnit) {
        CHECK(found.insert(one.value / kUnit.value).second);
      }
    }
    CHECK(found == units);
  }
}
