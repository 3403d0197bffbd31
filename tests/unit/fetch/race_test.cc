// SPDX-License-Identifier: MIT
#include "fetch/race.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "fetch/hedge_budget.h"

using rimfs::ByteCount;
using rimfs::ByteRange;
using rimfs::Offset;
using rimfs::fetch::HedgeBudget;
using rimfs::fetch::Race;
using enum rimfs::fetch::Race::Runner;
using namespace rimfs::literals;

namespace {

constexpr ByteRange kRange{Offset{1000}, Offset{1000 + (1 << 20)}};

}  // namespace

TEST_CASE("without a second request all bytes are new and there is no winner") {
  Race race(kRange);
  CHECK(race.accept(first, 64_KiB) == 64_KiB);
  CHECK(race.accept(first, 1_MiB - 64_KiB) == 1_MiB - 64_KiB);
  CHECK_FALSE(race.winner());
  CHECK(race.twice().is_zero());
}

TEST_CASE("the first request to deliver a piece wins, and each byte is new once") {
  struct Step {
    Race::Runner who;
    ByteCount bytes;
    ByteCount fresh;
  };
  struct Row {
    const char* what;
    std::vector<Step> steps;
    std::optional<Race::Runner> winner;
    ByteCount twice;
  };
  const std::vector<Row> rows = {
      {"nothing comes", {}, std::nullopt, {}},
      {"the second brings a piece", {{second, 16_KiB, 16_KiB}}, second, {}},
      {"the first goes on after all", {{first, 16_KiB, 16_KiB}}, first, {}},
      {"a drip does not win",
       {{first, {1}, {1}}, {first, {9}, {9}}, {second, 16_KiB, 16_KiB - ByteCount{10}}},
       second,
       ByteCount{10}},
      {"what the winner is late with is not taken again",
       {{first, 8_KiB, 8_KiB}, {second, 4_KiB, {}}, {second, 4_KiB, {}}, {second, 8_KiB, 8_KiB}},
       second,
       8_KiB},
      {"a loser that catches up before it ends is of use",
       {{second, 16_KiB, 16_KiB}, {first, 32_KiB, 16_KiB}, {second, 32_KiB, 16_KiB}},
       second,
       32_KiB},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Race race(kRange);
    race.accept(first, 100_KiB);
    race.second_starts(256_KiB);
    for (const Step& step : row.steps) CHECK(race.accept(step.who, step.bytes) == step.fresh);
    CHECK(race.winner() == row.winner);
    CHECK(race.twice() == row.twice);
  }
}

TEST_CASE("the request that delivers the last byte of a small rest wins") {
  for (const auto who : {first, second}) {
    Race race({Offset{0}, Offset{5000}});
    race.accept(first, ByteCount{1000});
    race.second_starts(1_MiB);
    CHECK(race.accept(who, ByteCount{3999}) == ByteCount{3999});
    CHECK_FALSE(race.winner());
    race.accept(who, ByteCount{1});
    CHECK(race.winner() == who);
  }
}

TEST_CASE("a request may have another race") {
  Race race(kRange);
  race.second_starts(64_KiB);
  race.accept(first, 16_KiB);
  race.second_ends();
  CHECK(race.winner() == first);
  race.second_starts(64_KiB);
  CHECK_FALSE(race.winner());
  CHECK(race.accept(second, 16_KiB) == 16_KiB);
  CHECK(race.winner() == second);
}

TEST_CASE("whatever the order of pieces, each byte is new exactly once") {
  for (unsigned seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Race race(kRange);
    race.second_starts(1_MiB);
    std::uint64_t left[] = {1 << 20, 1 << 20}, fresh = 0;
    while (left[0] + left[1] > 0) {
      const unsigned who = random() % 2;
      const std::uint64_t bytes = std::min<std::uint64_t>(left[who], random() % 40000);
      left[who] -= bytes;
      fresh += race.accept(who == 0 ? first : second, ByteCount{bytes}).value;
    }
    CHECK(fresh == 1 << 20);
    CHECK(race.twice() == 1_MiB);
  }
}

TEST_CASE("duplicates are limited to a fiftieth of the delivered bytes") {
  HedgeBudget budget;
  CHECK_FALSE(budget.take(1_MiB, 64_KiB, true));
  budget.earn(64_KiB * 49);
  CHECK_FALSE(budget.take(1_MiB, 64_KiB, true));
  budget.earn(64_KiB);
  CHECK(budget.take(1_MiB, 64_KiB, true) == 64_KiB);
  CHECK_FALSE(budget.take(1_MiB, ByteCount{1}, true));
}

TEST_CASE("unused budget is available again, and half of it is reserved for readers") {
  HedgeBudget budget;
  budget.earn(100_MiB);
  CHECK(budget.available() == 2_MiB);
  CHECK(budget.take(4_MiB, 64_KiB, false) == 1_MiB);
  CHECK(budget.take(512_KiB, 64_KiB, false) == 512_KiB);
  CHECK(budget.take(512_KiB, 64_KiB, true) == 512_KiB);
  CHECK(budget.available().is_zero());
  budget.give_back(768_KiB);
  CHECK(budget.available() == 768_KiB);
  CHECK(budget.take({}, {}, true) == std::nullopt);
}

TEST_CASE("small deliveries count, and large ones are saved only up to a limit") {
  HedgeBudget budget;
  for (int i = 0; i < 50; ++i) budget.earn(ByteCount{1});
  CHECK(budget.available() == ByteCount{1});
  budget.earn(rimfs::ByteCount{1ULL << 50});
  CHECK(budget.available() == HedgeBudget::kMost);
}
