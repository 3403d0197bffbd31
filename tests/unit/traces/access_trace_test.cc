// SPDX-License-Identifier: MIT
#include "traces/access_trace.h"

#include <doctest/doctest.h>

using namespace rimfs;
using namespace rimfs::traces;

namespace {

/// Ranges of `size` from each of these MiB on.
AccessTrace trace_at(const std::vector<std::uint64_t>& mebibytes, ByteCount size, unsigned passed_over = 0) {
  AccessTrace trace;
  for (const std::uint64_t at : mebibytes) trace.ranges.push_back(range_of(Offset{at << 20}, size));
  trace.passed_over = passed_over;
  return trace;
}

}  // namespace

TEST_CASE("the last mount's trace is kept, unless it carries little information") {
  struct Row {
    const char* title;
    AccessTrace older;
    AccessTrace newer;
    Choice expected;
  };
  const AccessTrace inspection = trace_at({0, 10, 20, 30, 40, 50, 60, 70}, 1_MiB);
  const Row rows[] = {
      {"nothing was known before", {}, trace_at({1, 2}, 16_KiB), {true, 0}},
      {"nothing was read", inspection, {}, {false, 0}},
      {"a single range has nothing beside it", inspection, trace_at({200}, 8_MiB), {false, 0}},
      {"nor when nothing was known", {}, trace_at({0}, 1_MiB), {false, 0}},
      {"little, and all of it known", inspection, trace_at({0, 10}, 64_KiB), {false, 1}},
      {"for the third time", trace_at({0, 10, 20, 30}, 1_MiB, 2), trace_at({0, 10}, 64_KiB), {false, 3}},
      {"for the fourth time", trace_at({0, 10, 20, 30}, 1_MiB, 3), trace_at({0, 10}, 64_KiB), {true, 0}},
      {"little, but elsewhere", inspection, trace_at({100, 200}, 64_KiB), {true, 0}},
      {"little, half of it elsewhere", inspection, trace_at({0, 200}, 64_KiB), {true, 0}},
      {"much, all of it known", inspection, trace_at({0, 10, 20, 30}, 1_MiB), {true, 0}},
      {"the same again", trace_at({0, 10}, 1_MiB, 2), trace_at({0, 10}, 1_MiB), {true, 0}},
      {"a single range leaves the count", trace_at({0, 10}, 1_MiB, 2), trace_at({0}, 16_KiB), {false, 2}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    CHECK(choose(row.older, row.newer) == row.expected);
  }
}

TEST_CASE("a trace's bytes are those of its ranges") {
  CHECK(AccessTrace{}.bytes().is_zero());
  CHECK(trace_at({1, 5, 9}, 48_KiB).bytes() == 144_KiB);
}
