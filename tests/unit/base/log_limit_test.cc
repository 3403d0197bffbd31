// SPDX-License-Identifier: MIT
#include "base/log_limit.h"

#include <doctest/doctest.h>

using rimfs::LogLimit;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("a dead server causes a few lines a minute and a summary") {
  LogLimit limit;
  const LogLimit::Time start{};
  unsigned lines = 0;
  std::uint64_t left_out = 0;
  for (int i = 0; i < 545; ++i) {  // in 70 s
    const LogLimit::Time now = start + milliseconds(128) * i;
    for (const LogLimit::Summary& summary : limit.close_windows(now)) {
      ++lines;
      left_out += summary.left_out;
    }
    lines += limit.admit("http://dead: unreachable", now) ? 1 : 0;
  }
  for (const LogLimit::Summary& summary : limit.close_all()) left_out += summary.left_out;
  CHECK(lines == 2 * LogLimit::kLines + 1);
  CHECK(left_out == 545 - 2 * LogLimit::kLines);
}

TEST_CASE("each server and kind of failure has its own lines") {
  LogLimit limit;
  const LogLimit::Time now{};
  for (unsigned i = 0; i < LogLimit::kLines; ++i) CHECK(limit.admit("a: unreachable", now));
  CHECK_FALSE(limit.admit("a: unreachable", now));
  CHECK(limit.admit("b: unreachable", now));
  CHECK(limit.admit("a: timed out", now));
  CHECK(limit.close_windows(now + seconds(59)).empty());
  const auto summaries = limit.close_windows(now + seconds(60));
  REQUIRE(summaries.size() == 1);
  CHECK(summaries[0].kind == "a: unreachable");
  CHECK(summaries[0].left_out == 1);
  CHECK(limit.empty());
}

TEST_CASE("an unlimited number of kinds uses limited memory") {
  LogLimit limit;
  unsigned lines = 0;
  for (int i = 0; i < 100'000; ++i) lines += limit.admit(std::to_string(i), LogLimit::Time{}) ? 1 : 0;
  CHECK(lines == LogLimit::kKinds + LogLimit::kLines);
}
