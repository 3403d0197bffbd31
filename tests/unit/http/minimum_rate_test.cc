// SPDX-License-Identifier: MIT
#include "http/minimum_rate.h"

#include <doctest/doctest.h>

using namespace rimfs;
using namespace rimfs::literals;
using rimfs::http::MinimumRate;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// When a reply that brings `bytes` each `pause` is cut; zero: not within an hour.
seconds cut_after(ByteCount minimum, ByteCount bytes, milliseconds pause) {
  const MinimumRate::Clock::time_point start{};
  MinimumRate rate(minimum, seconds(20), start);
  for (milliseconds at = pause; at < std::chrono::hours(1); at += pause) {
    if (rate.too_slow(start + at)) return std::chrono::duration_cast<seconds>(at);
    rate.brought(bytes, start + at);
  }
  return {};
}

}  // namespace

TEST_CASE("a reply with a steady sufficient rate is never ended, a slower one after one window") {
  struct Row {
    const char* title;
    ByteCount minimum;
    ByteCount bytes;
    milliseconds pause;
    seconds cut;
  };
  const Row rows[] = {
      {"ten bytes each half second", 4_KiB, ByteCount{10}, milliseconds(500), seconds(20)},
      {"a little less than the minimum", 4_KiB, ByteCount{2040}, milliseconds(500), seconds(20)},
      {"a little more than the minimum", 4_KiB, ByteCount{2200}, milliseconds(500), seconds(0)},
      {"twice the minimum", 4_KiB, 4_KiB, milliseconds(500), seconds(0)},
      {"bursts that make up for the pause", 4_KiB, 100_KiB, seconds(19), seconds(0)},
      {"bursts that do not", 4_KiB, 40_KiB, seconds(15), seconds(30)},
      {"any byte counts", ByteCount{0}, ByteCount{1}, seconds(19), seconds(0)},
      {"silence", ByteCount{0}, ByteCount{0}, seconds(1), seconds(20)},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    CHECK(cut_after(row.minimum, row.bytes, row.pause) == row.cut);
  }
}
