// SPDX-License-Identifier: MIT
#include "http/patience.h"

#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "http/progress.h"

using namespace std::chrono_literals;
using rimfs::ByteCount;
using rimfs::http::Patience;
using rimfs::http::Progress;
using rimfs::http::WaitHistogram;
using namespace rimfs::literals;
using Wait = WaitHistogram::Wait;

namespace {

/// Within the factor of a bucket, and never less than the truth.
bool about(Wait told, Wait truth) { return told >= truth - 1us && told <= truth * 12 / 10; }

Patience with_replies(const std::vector<Wait>& waits) {
  Patience patience;
  for (const Wait wait : waits) patience.reply_began(wait);
  return patience;
}

}  // namespace

TEST_CASE("quantiles of a uniform distribution are right to a fifth") {
  WaitHistogram waits;
  for (int i = 1; i <= 1000; ++i) waits.add(i * 100us);
  for (const double part : {0.01, 0.1, 0.5, 0.9, 0.99, 1.0}) {
    CAPTURE(part);
    CHECK(about(waits.quantile(part), Wait(static_cast<int>(1 + part * 999) * 100)));
  }
}

TEST_CASE("quantiles of a log-normal distribution agree with the sorted samples") {
  std::mt19937 random(7);
  std::lognormal_distribution<double> shape(9, 1.2);
  std::vector<Wait> all;
  WaitHistogram waits;
  for (int i = 0; i < 1000; ++i) {
    all.emplace_back(static_cast<int>(shape(random)) + 1);
    waits.add(all.back());
  }
  std::sort(all.begin(), all.end());
  for (const double part : {0.25, 0.5, 0.75, 0.99}) {
    CHECK(about(waits.quantile(part), all[static_cast<std::size_t>(part * 999)]));
  }
}

TEST_CASE("a histogram without samples, and with waits out of all proportion") {
  WaitHistogram waits;
  CHECK(waits.quantile(0.99) == 0us);
  waits.add(0us);
  CHECK(waits.quantile(1) == 1us);
  waits.add(1000h);
  CHECK(waits.quantile(1) > 1h);
  CHECK(waits.count() == 2);
}

TEST_CASE("older waits fade") {
  WaitHistogram waits;
  for (int i = 0; i < 1000; ++i) waits.add(100ms);
  for (int i = 0; i < 6000; ++i) waits.add(1ms);
  CHECK(waits.count() <= 1024);
  CHECK(about(waits.quantile(0.95), 1ms));
}

TEST_CASE("how long a first byte is waited for") {
  struct Row {
    const char* what;
    std::vector<Wait> waits;
    std::optional<Wait> borne;
  };
  std::vector<Wait> jitter;
  jitter.reserve(200);
  for (int i = 0; i < 200; ++i) jitter.emplace_back(40ms + (i % 10) * 40ms);
  std::vector<Wait> one_outlier(100, 40ms);
  one_outlier[50] = 3s;
  const std::vector<Row> rows = {
      {"nothing is known", {}, std::nullopt},
      {"too little is known", std::vector<Wait>(7, 40ms), std::nullopt},
      {"all waits alike: three times as long", std::vector<Wait>(8, 150ms), 450ms},
      {"a fast server: the least that counts", std::vector<Wait>(100, 1ms), 100ms},
      {"waits that differ: longer than 99 of 100", jitter, 600ms},
      {"a stall in a hundred is not what is usual", one_outlier, 120ms},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const auto borne = with_replies(row.waits).for_reply();
    REQUIRE(borne.has_value() == row.borne.has_value());
    if (row.borne) CHECK(about(*borne, *row.borne));
  }
}

TEST_CASE("stalls do not teach that stalls are usual, a slower server is learned") {
  Patience patience = with_replies(std::vector<Wait>(100, 40ms));
  for (int i = 0; i < 3; ++i) patience.reply_began(20s);
  CHECK(*patience.for_reply() < 400ms);
  for (int i = 0; i < 2000; ++i) patience.reply_began(1s);
  CHECK(*patience.for_reply() >= 3s);
}

TEST_CASE("until pieces are known they may take as long as a first byte") {
  Patience patience;
  CHECK_FALSE(patience.for_piece());
  for (int i = 0; i < 8; ++i) patience.reply_began(150ms);
  CHECK(about(*patience.for_piece(), 450ms));
  for (int i = 0; i < 8; ++i) patience.piece_came(10ms);
  CHECK(*patience.for_piece() == 100ms);
}

TEST_CASE("what a request waits for") {
  Patience patience;
  for (int i = 0; i < 8; ++i) patience.reply_began(100ms);
  for (int i = 0; i < 8; ++i) patience.piece_came(50ms);
  const Progress::Time start{};
  Progress progress;
  CHECK_FALSE(progress.patience());  // it is not sent yet
  progress.sent(start, patience);
  CHECK(about(*progress.patience(), 300ms));
  CHECK(progress.waited(start + 2s) == 2s);
  progress.brought(1_KiB, start + 2s);
  CHECK(about(*progress.patience(), 150ms));
  CHECK(progress.waited(start + 3s) == 1s);

  SUBCASE("single bytes are no progress") {
    for (int i = 0; i < 100; ++i) progress.brought(ByteCount{1}, start + 3s);
    CHECK(progress.waited(start + 3s) == 1s);
    progress.brought(16_KiB, start + 3s);
    CHECK(progress.waited(start + 3s) == 0s);
  }
  SUBCASE("a redirect begins anew") {
    progress.ended(false);
    CHECK_FALSE(progress.patience());
    progress.sent(start + 4s, patience);
    CHECK(about(*progress.patience(), 300ms));
    CHECK(progress.waited(start + 5s) == 1s);
  }
  SUBCASE("after its end it waits for nothing") {
    progress.ended(true);
    CHECK_FALSE(progress.patience());
  }
  SUBCASE("given up it waits for nothing") {
    progress.give_up(start + 4s);
    CHECK(progress.given_up());
    CHECK_FALSE(progress.patience());
  }
}

TEST_CASE("the longest wait in each MiB of a body is remembered") {
  Patience patience;
  const auto body_with_a_wait = [&](Wait wait) {
    Progress progress;
    Progress::Time now{};
    progress.sent(now, patience);
    for (int piece = 0; piece < 65; ++piece) progress.brought(16_KiB, now += piece == 30 ? wait : Wait(1ms));
    progress.ended(true);
  };
  for (int i = 0; i < 8; ++i) body_with_a_wait(70ms);
  CHECK(about(*patience.for_piece(), 210ms));
}
