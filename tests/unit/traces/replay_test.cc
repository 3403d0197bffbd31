// SPDX-License-Identifier: MIT
#include "traces/replay.h"

#include <doctest/doctest.h>

#include <random>

using namespace rimfs;
using namespace rimfs::traces;

namespace {

constexpr ByteCount kImage = 1_GiB;
constexpr ReplayLimits kLimits{64_MiB, 128_MiB, 128, 1_MiB};

ByteRange at(ByteCount begin, ByteCount size) { return range_of(Offset{begin.value}, size); }

AccessTrace trace_of(std::vector<ByteRange> ranges) { return {std::move(ranges), 0}; }

/// `count` ranges of 1 MiB with gaps between, in falling order.
AccessTrace megabytes(std::uint64_t count) {
  AccessTrace trace;
  for (std::uint64_t i = count; i > 0; --i) trace.ranges.push_back(at(2_MiB * i, 1_MiB));
  return trace;
}

ByteCount total(const std::vector<ByteRange>& ranges) { return trace_of(ranges).bytes(); }

}  // namespace

TEST_CASE("pieces are requested in the order of their first use, and near ranges as one") {
  struct Row {
    const char* title;
    std::vector<ByteRange> trace;
    std::vector<ByteRange> expected;
  };
  const Row rows[] = {
      {"nothing", {}, {}},
      {"in the order of the trace", {at(9_MiB, 64_KiB), at(1_MiB, 64_KiB)}, {at(9_MiB, 64_KiB), at(1_MiB, 64_KiB)}},
      {"through a small gap",
       {at(9_MiB, 64_KiB), at(1_MiB, 64_KiB), at(9_MiB + 128_KiB, 64_KiB)},
       {at(9_MiB, 192_KiB), at(1_MiB, 64_KiB)}},
      {"not through a large one",
       {at(9_MiB, 64_KiB), at(1_MiB, 64_KiB), at(9_MiB + 256_KiB, 64_KiB)},
       {at(9_MiB, 64_KiB), at(1_MiB, 64_KiB), at(9_MiB + 256_KiB, 64_KiB)}},
      {"cut where blocks end", {at(1_MiB + 512_KiB, 1_MiB)}, {at(1_MiB + 512_KiB, 512_KiB), at(2_MiB, 512_KiB)}},
      {"in a smaller file", {at(kImage - 64_KiB, 128_KiB), at(kImage + 1_MiB, 64_KiB)}, {at(kImage - 64_KiB, 64_KiB)}},
      {"overlapping, as nobody writes it", {at(1_MiB, 64_KiB), at(1_MiB, 96_KiB)}, {at(1_MiB, 96_KiB)}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    Replay replay(trace_of(row.trace), kImage, kLimits);
    CHECK(replay.is_due() == !row.expected.empty());
    CHECK(replay.next() == row.expected);
    CHECK_FALSE(replay.is_due());
  }
}

TEST_CASE("blocks of any size are replayed in requests of at most 1 MiB") {
  for (const ByteCount block : {64_KiB, 256_KiB, 1_MiB, 4_MiB, 16_MiB}) {
    CAPTURE(block.value);
    Replay replay(trace_of({at(3_MiB, 4_MiB)}), kImage, {64_MiB, 128_MiB, 1000, block});
    const std::vector<ByteRange> ranges = replay.next();
    CHECK(total(ranges) == 4_MiB);
    for (const ByteRange& range : ranges) CHECK(range.size() == std::min(block, 1_MiB));
  }
}

TEST_CASE("a reader with other needs causes only the first window") {
  Replay replay(megabytes(40), kImage, kLimits);
  CHECK(total(replay.next()) == 8_MiB);
  for (std::uint64_t i = 0; i < 100; ++i) replay.observe(at(500_MiB + 1_MiB * i, 64_KiB));
  CHECK_FALSE(replay.is_due());
  CHECK(replay.requested() == 8_MiB);
  CHECK(replay.used().is_zero());
}

TEST_CASE("a reader with the same needs always finds its bytes requested, up to the limit") {
  const AccessTrace trace = megabytes(80);
  Replay replay(trace, kImage, kLimits);
  ByteCount requested = total(replay.next());
  for (const ByteRange& range : trace.ranges) {
    if (requested < 64_MiB) CHECK(replay.requested() > replay.used());
    replay.observe(range);
    if (replay.is_due()) requested += total(replay.next());
  }
  CHECK(requested == 64_MiB);
  CHECK(replay.requested() == requested);
  CHECK(replay.used() == 64_MiB);
}

TEST_CASE("ranges that were read before their request are skipped") {
  const AccessTrace trace = megabytes(10);
  Replay replay(trace, kImage, kLimits);
  replay.observe(trace.ranges[0]);
  replay.observe(at(2_MiB * 9, 512_KiB));  // half of the second
  CHECK(replay.used().is_zero());
  const std::vector<ByteRange> first = replay.next();
  CHECK(first.front() == trace.ranges[1]);
  CHECK(replay.requested() == total(first) - 512_KiB);
}

TEST_CASE("each requested byte counts as used once") {
  Replay replay(trace_of({at(1_MiB, 64_KiB), at(5_MiB, 64_KiB)}), kImage, kLimits);
  replay.next();
  CHECK(replay.requested() == 128_KiB);
  replay.observe(at(1_MiB, 16_KiB));
  CHECK(replay.used() == 16_KiB);
  replay.observe(at(1_MiB, 32_KiB));
  replay.observe(at({}, 32_KiB));
  CHECK(replay.used() == 32_KiB);
  replay.observe(at({}, 100_MiB));
  CHECK(replay.used() == 128_KiB);
}

TEST_CASE("memory limits the bytes requested and not read") {
  Replay few(megabytes(40), kImage, {64_MiB, 128_MiB, 5, 1_MiB});
  CHECK(few.next().size() == 5);
  Replay small(megabytes(40), kImage, {64_MiB, 3_MiB, 100, 1_MiB});
  CHECK(small.next().size() == 3);
  Replay none(megabytes(40), kImage, {64_MiB, 1_MiB, 100, 1_MiB});
  CHECK_FALSE(none.is_due());
  Replay little(megabytes(40), kImage, {2_MiB, 128_MiB, 100, 1_MiB});
  CHECK(little.next().size() == 2);
  CHECK_FALSE(little.is_due());
}

TEST_CASE("random readers of random traces stay within every limit") {
  constexpr unsigned kSeed = 3;
  CAPTURE(kSeed);
  std::mt19937 random(kSeed);
  for (unsigned round = 0; round < 50; ++round) {
    AccessTrace trace;
    for (unsigned i = 0; i < 200; ++i)
      trace.ranges.push_back(at(kUnit * (random() % 4096), kUnit * (1 + random() % 20)));
    const ReplayLimits limits{ByteCount{random() % (32 << 20)}, 8_MiB, 20, ByteCount{65536ULL << random() % 9}};
    Replay replay(trace, 60_MiB, limits);
    ByteCount requested;
    for (unsigned step = 0; step < 500; ++step) {
      replay.observe(at(4_KiB * (random() % 16384), 4_KiB * (1 + random() % 64)));
      if (!replay.is_due()) continue;
      const std::vector<ByteRange> ranges = replay.next();
      requested += total(ranges);
      for (const ByteRange& range : ranges) CHECK((!range.empty() && range.end.value <= (60_MiB).value));
      CHECK(replay.requested() <= limits.bytes);
      CHECK(replay.requested() - replay.used() <= limits.unread);
    }
    CHECK(replay.used() <= replay.requested());
    CHECK(replay.requested() <= requested);
  }
}
