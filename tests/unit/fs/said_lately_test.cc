// SPDX-License-Identifier: MIT
#include "fs/said_lately.h"

#include <doctest/doctest.h>

using namespace rimfs::fs;
using namespace std::chrono_literals;

namespace {
constexpr SaidLately::Time kBegin{};
}

TEST_CASE("the same sentence about the same file is said once in a while") {
  SaidLately said;
  CHECK_FALSE(said.check_and_note("a", "broken", kBegin));
  CHECK(said.check_and_note("a", "broken", kBegin + 1s));
  CHECK_FALSE(said.check_and_note("b", "broken", kBegin + 1s));
  CHECK_FALSE(said.check_and_note("a", "gone", kBegin + 2s));
  CHECK_FALSE(said.check_and_note("a", "broken", kBegin + 3s));
  CHECK(said.check_and_note("a", "broken", kBegin + 12s));
  CHECK_FALSE(said.check_and_note("a", "broken", kBegin + 13s));
}

TEST_CASE("30,000 failing names take no more memory than some hundred, and none after a while") {
  SaidLately said;
  for (int i = 0; i < 30'000; ++i) said.check_and_note("no such file " + std::to_string(i), "missing", kBegin);
  CHECK(said.size() <= SaidLately::kMost);
  said.check_and_note("a", "missing", kBegin + 10s);
  CHECK(said.size() == 1);
}
