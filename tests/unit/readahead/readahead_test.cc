// SPDX-License-Identifier: MIT
#include "readahead/readahead.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

using namespace rimfs;
using namespace rimfs::readahead;

namespace {

constexpr ByteCount kFile = 8_GiB;
constexpr ByteCount kRead = 128_KiB;
const NetworkPath kWan{std::chrono::milliseconds(40), ByteCount{25000000}, 16};

ByteRange nth(std::uint64_t i) { return range_of(Offset{i * kRead.value}, kRead); }

}  // namespace

TEST_CASE("the first two reads of a stream request nothing ahead") {
  Budget budget(256_MiB);
  Readahead readahead(kFile, {budget});
  CHECK(readahead.observe({nth(0), true}, kWan).prefetch.empty());
  CHECK(readahead.observe({nth(1), true}, kWan).prefetch.empty());
  CHECK_FALSE(readahead.observe({nth(2), true}, kWan).prefetch.empty());
}

TEST_CASE("ranges ahead follow each other without gap or overlap, up to the end of the file") {
  Budget budget(256_MiB);
  const ByteCount size = 300_MiB;
  Readahead readahead(size, {budget});
  Offset requested{0};
  for (std::uint64_t i = 0; i < size.value / kRead.value; ++i) {
    const Advice advice = readahead.observe({nth(i), true}, kWan);
    if (advice.prefetch.empty()) continue;
    if (requested.value > 0) CHECK(advice.prefetch.begin == requested);
    CHECK(advice.prefetch.begin >= nth(i).end);
    requested = advice.prefetch.end;
  }
  CHECK(requested == Offset{size.value});
}

TEST_CASE("a proven stream opens its window to the size that the path needs, within the budget") {
  struct Row {
    ByteCount budget;
    ByteCount expected;
  };
  for (const Row& row : {Row{2048_MiB, full_window(kWan)}, Row{64_MiB, 64_MiB}}) {
    Budget budget(row.budget);
    Readahead readahead(kFile, {budget});
    ByteCount furthest;
    for (std::uint64_t i = 0; i < 1024; ++i) {
      const Advice advice = readahead.observe({nth(i), true}, kWan);
      if (!advice.prefetch.empty()) furthest = std::max(furthest, advice.prefetch.end - nth(i).end);
    }
    CHECK(furthest == row.expected);
  }
}

TEST_CASE("random reads request nothing ahead, and soon nothing around them") {
  Budget budget(256_MiB);
  Readahead readahead(kFile, {budget});
  std::uint64_t seed = 1;
  Advice advice;
  for (int i = 0; i < 64; ++i) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    const Offset at{(seed >> 20) % (kFile.value - 4096) & ~std::uint64_t{4095}};
    advice = readahead.observe({range_of(at, 4_KiB), true}, kWan);
    CHECK(advice.prefetch.empty());
  }
  CHECK(advice.fetch_size.is_zero());
}

TEST_CASE("reads that return to the same places keep fetching whole blocks") {
  Locality locality;
  for (int i = 0; i < 100; ++i) locality.observe(i % 3 != 0);
  CHECK(locality.fetch_size() == Locality::kWholeBlock);
}

TEST_CASE("a stream that has read 8 MiB without gaps counts as a copy") {
  Budget budget(256_MiB);
  Readahead copy(kFile, {budget}), hops(kFile, {budget}), again(kFile, {budget});
  for (std::uint64_t i = 0; i < 200; ++i) {
    const Advice advice = copy.observe({nth(10 + i), false, 7 + i}, kWan);
    CHECK(advice.copied_since == (i < 63 ? 0 : 7));
    const ByteRange through = i < 63 ? ByteRange{} : ByteRange{nth(10).begin, nth(10 + i).end};
    CHECK(advice.copied == through);
    CHECK(hops.observe({nth(i * 4), false}, kWan).copied.empty());
    CHECK(again.observe({nth(i % 4), false}, kWan).copied.empty());
  }
}

TEST_CASE("several streams in one file are distinguished") {
  Budget budget(256_MiB);
  Readahead readahead(kFile, {budget});
  const std::uint64_t apart = (1_GiB).value / kRead.value;
  bool ahead[4] = {};
  for (std::uint64_t i = 0; i < 16; ++i) {
    for (std::uint64_t stream = 0; stream < 4; ++stream) {
      const Advice advice = readahead.observe({nth(stream * apart + i), true}, kWan);
      CHECK(advice.sequential == (i > 0));
      if (!advice.prefetch.empty()) ahead[stream] = true;
    }
  }
  for (bool one : ahead) CHECK(one);
}

TEST_CASE("a copy by several threads is one stream with the window of a single reader") {
  // qemu-img convert: eight threads read 2 MiB each; the kernel asks for the first half of all, then for the second.
  Budget budget(2048_MiB);
  Readahead readahead(kFile, {budget});
  for (std::uint64_t i = 0; i < 3; ++i) readahead.observe({range_of(Offset{i << 16}, 64_KiB), true}, kWan);
  const Offset begin{192 << 10};
  Offset requested;
  ByteCount window;
  for (std::uint64_t wave = 0; wave < 8; ++wave) {
    for (std::uint64_t thread : {0UL, 2UL, 1UL, 3UL, 4UL, 5UL, 7UL, 6UL}) {
      const Offset at = begin + 16_MiB * (wave / 2) + 2_MiB * thread + 1_MiB * (wave % 2);
      CAPTURE(at.value);
      const Advice advice = readahead.observe({range_of(at, 1_MiB), true}, kWan);
      CHECK(advice.sequential);
      if (advice.prefetch.empty()) continue;
      CHECK(advice.prefetch.begin >= requested);
      requested = advice.prefetch.end;
      window = std::max(window, requested - at);
    }
    if (wave == 1) CHECK(window >= full_window(kWan) - 16_MiB);
  }
  CHECK(Budget::Claim(budget).most() == 2048_MiB - full_window(kWan));
}

TEST_CASE("a reader that follows another at a distance has its own stream") {
  Budget budget(2048_MiB);
  Readahead readahead(kFile, {budget});
  const std::uint64_t apart = (64_MiB).value / kRead.value;
  for (std::uint64_t i = 0; i < apart; ++i) readahead.observe({nth(i), true}, kWan);
  bool ahead = false;
  for (std::uint64_t i = 0; i < apart / 2; ++i) {
    CAPTURE(i);
    readahead.observe({nth(apart + i), true}, kWan);
    const Advice second = readahead.observe({nth(i), true}, kWan);
    CHECK(second.sequential == (i > 0));
    ahead = ahead || !second.prefetch.empty();
  }
  CHECK(ahead);
}

TEST_CASE("a stream may use what the others leave, and its even part at least") {
  Budget budget(256_MiB);
  {
    Budget::Claim one(budget), two(budget);
    CHECK(one.most() == 256_MiB);
    two.use(4_MiB);
    CHECK(one.most() == 252_MiB);
    two.use(200_MiB);
    CHECK(one.most() == 128_MiB);
    one.use(128_MiB);
    CHECK(two.most() == 128_MiB);
    two.use(100_MiB);
    Budget::Claim moved = std::move(one);
    CHECK(moved.most() == 156_MiB);
    CHECK(two.most() == 128_MiB);
  }
  Budget::Claim alone(budget);
  CHECK(alone.most() == 256_MiB);
}

TEST_CASE("a stream that passes an earlier read continues as itself") {
  Budget budget(2048_MiB);
  Readahead readahead(kFile, {budget});
  readahead.observe({range_of(Offset{} + 20_MiB, 64_KiB), true}, kWan);
  Offset requested;
  for (std::uint64_t i = 0; i < 400; ++i) {
    if (i == 160) continue;  // the table's begin is in the reader's own cache
    const Advice advice = readahead.observe({nth(i), i % 8 == 0}, kWan);
    if (advice.prefetch.empty()) continue;
    CHECK(advice.prefetch.begin >= requested);
    requested = advice.prefetch.end;
  }
  CHECK(requested >= Offset{} + 50_MiB + full_window(kWan) - efficient_range(kWan));
}

TEST_CASE("an idle stream releases its part of the budget") {
  Budget budget(2048_MiB);
  Readahead readahead(4096_MiB, {budget});
  for (std::uint64_t i = 0; i < 16; ++i) readahead.observe({nth(2000 + i), true}, kWan);
  for (std::uint64_t i = 0; i < 200; ++i) readahead.observe({nth(i), true}, kWan);
  const Advice last = readahead.observe({nth(200), true}, kWan);
  CHECK(last.split.piece == efficient_range(kWan));  // as with the whole budget
}

TEST_CASE("an efficient range takes several delays to arrive") {
  CHECK(efficient_range({std::chrono::milliseconds(10), ByteCount{25000000}, 16}) == 12_MiB);
  CHECK(efficient_range({std::chrono::milliseconds(150), ByteCount{10000000}, 16}) == kLargestRange);
  CHECK(efficient_range({std::chrono::microseconds(200), ByteCount{0}, 16}) == kSmallestRange);
}

TEST_CASE("the first requests of a window grow, so that they end one after the other") {
  for (const ByteCount piece : {64_KiB, 1_MiB, 3_MiB, 16_MiB}) {
    for (unsigned connections : {1u, 4u, 16u, 256u}) {
      ByteCount before = std::min(piece, std::max(kSmallestRange, piece / 2));
      for (std::uint64_t number = 0; number < 300; ++number) {
        const ByteCount size = staggered(piece, number, connections);
        CHECK(size >= before);
        CHECK(size <= piece);
        before = size;
        if (number + 1 >= connections) CHECK(size == piece);
      }
    }
  }
}

TEST_CASE("towards the end of a file requests become smaller, so that the connections end together") {
  struct Row {
    const char* what;
    Remaining remaining;
    ByteCount size;
  };
  const ByteCount rate{25000000};
  const Row rows[] = {
      {"much is left", {.unrequested = 2_GiB, .in_flight = 100_MiB, .connections = 16}, 16_MiB},
      {"an even part for each", {.unrequested = 96_MiB, .in_flight = 64_MiB, .connections = 16}, 7_MiB},
      {"the last one", {.unrequested = 1_MiB, .in_flight = 62_MiB, .connections = 16}, 4_MiB},
      {"less than a range for each", {.unrequested = 2_MiB, .in_flight = {}, .connections = 16}, 1_MiB},
      {"one connection", {.unrequested = 10_MiB, .in_flight = {}, .connections = 1}, 10_MiB},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(tapered(16_MiB, row.remaining, rate) == row.size);
  }
  CHECK(tapered(64_KiB, {.unrequested = 1_MiB, .in_flight = {}, .connections = 4}, rate) == 64_KiB);
}

TEST_CASE("connections of equal speed that fetch a file end within a range of each other") {
  struct Busy {
    double until = 0;
  };
  const ByteCount file = 512_MiB;
  const double rate = 25e6;
  std::array<Busy, 16> connections;
  Split split{.piece = 16_MiB, .opening = true};
  double now = 0;
  std::uint64_t requests = 0;
  for (ByteCount requested; requested < file; ++split.begun, ++requests) {
    Busy& next = *std::min_element(connections.begin(), connections.end(),
                                   [](const Busy& one, const Busy& other) { return one.until < other.until; });
    now = next.until;
    Remaining remaining{.unrequested = file - requested, .in_flight = {}, .connections = 16};
    for (const Busy& one : connections)
      remaining.in_flight += ByteCount{static_cast<std::uint64_t>((one.until - now) * rate)};
    const ByteCount size = std::min(next_range(split, remaining, kWan), file - requested);
    next.until = now + static_cast<double>(size.value) / rate;
    requested += size;
  }
  const auto [first, last] = std::minmax_element(connections.begin(), connections.end(),
                                                 [](const Busy& a, const Busy& b) { return a.until < b.until; });
  CHECK(last->until - first->until < static_cast<double>((4_MiB).value) / rate);
  CHECK(requests <= 64);
}
