// SPDX-License-Identifier: MIT
#include "http/stall_detector.h"

#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "http/progress.h"

using namespace std::chrono_literals;
using rimfs::ByteCount;
using rimfs::http::Progress;
using rimfs::http::StallDetector;
using rimfs::http::WaitHistogram;
using namespace rimfs::literals;
using Wait = WaitHistogram::Wait;

namespace {

/// Within the factor of a bucket, and never less than the truth.
bool about(Wait told, Wait truth) { return told >= truth - 1us && told <= truth * 12 / 10; }

StallDetector with_replies(const std::vector<Wait>& waits) {
  StallDetector stalls;
  for (const Wait wait : waits) stalls.reply_began(wait);
  return stalls;
}

}  // namespace

TEST_CASE("quantiles of a uniform distribution are accurate to a fifth") {
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

TEST_CASE("a histogram handles missing samples and extreme waits") {
  WaitHistogram waits;
  CHECK(waits.quantile(0.99) == 0us);
  waits.add(0us);
  CHECK(waits.quantile(1) == 1us);
  waits.add(1000h);
  CHECK(waits.quantile(1) > 1h);
  CHECK(waits.count() == 2);
}

TEST_CASE("old waits fade") {
  WaitHistogram waits;
  for (int i = 0; i < 1000; ++i) waits.add(100ms);
  for (int i = 0; i < 6000; ++i) waits.add(1ms);
  CHECK(waits.count() <= 1024);
  CHECK(about(waits.quantile(0.95), 1ms));
}

TEST_CASE("the threshold of the first byte depends on earlier waits") {
  struct Row {
    const char* what;
    std::vector<Wait> waits;
    std::optional<Wait> threshold;
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
    const auto threshold = with_replies(row.waits).reply_threshold();
    REQUIRE(threshold.has_value() == row.threshold.has_value());
    if (row.threshold) CHECK(about(*threshold, *row.threshold));
  }
}

TEST_CASE("stalls do not raise the threshold quickly, but a slower server is learned") {
  StallDetector stalls = with_replies(std::vector<Wait>(100, 40ms));
  for (int i = 0; i < 3; ++i) stalls.reply_began(20s);
  CHECK(*stalls.reply_threshold() < 400ms);
  for (int i = 0; i < 2000; ++i) stalls.reply_began(1s);
  CHECK(*stalls.reply_threshold() >= 3s);
}

TEST_CASE("the threshold of pieces equals that of the first byte until enough is known") {
  StallDetector stalls;
  CHECK_FALSE(stalls.piece_threshold());
  for (int i = 0; i < 8; ++i) stalls.reply_began(150ms);
  CHECK(about(*stalls.piece_threshold(), 450ms));
  for (int i = 0; i < 8; ++i) stalls.piece_came(10ms);
  CHECK(*stalls.piece_threshold() == 100ms);
}

TEST_CASE("progress records the waits of a request") {
  StallDetector stalls;
  for (int i = 0; i < 8; ++i) stalls.reply_began(100ms);
  for (int i = 0; i < 8; ++i) stalls.piece_came(50ms);
  const Progress::Time start{};
  Progress progress;
  CHECK_FALSE(progress.stall_threshold());  // it is not sent yet
  progress.sent(start, stalls);
  CHECK(about(*progress.stall_threshold(), 300ms));
  CHECK(progress.waited(start + 2s) == 2s);
  progress.brought(1_KiB, start + 2s);
  CHECK(about(*progress.stall_threshold(), 150ms));
  CHECK(progress.waited(start + 3s) == 1s);

  SUBCASE("single bytes do not count as progress") {
    for (int i = 0; i < 100; ++i) progress.brought(ByteCount{1}, start + 3s);
    CHECK(progress.waited(start + 3s) == 1s);
    progress.brought(16_KiB, start + 3s);
    CHECK(progress.waited(start + 3s) == 0s);
  }
  SUBCASE("a redirect restarts the wait") {
    progress.ended(false);
    CHECK_FALSE(progress.stall_threshold());
    progress.sent(start + 4s, stalls);
    CHECK(about(*progress.stall_threshold(), 300ms));
    CHECK(progress.waited(start + 5s) == 1s);
  }
  SUBCASE("a finished request does not wait") {
    progress.ended(true);
    CHECK_FALSE(progress.stall_threshold());
  }
  SUBCASE("a request that was given up does not wait") {
    progress.give_up(start + 4s);
    CHECK(progress.given_up());
    CHECK_FALSE(progress.stall_threshold());
  }
}

TEST_CASE("the longest wait in each MiB of a body is recorded") {
  StallDetector stalls;
  const auto body_with_a_wait = [&](Wait wait) {
    Progress progress;
    Progress::Time now{};
    progress.sent(now, stalls);
    for (int piece = 0; piece < 65; ++piece) progress.brought(16_KiB, now += piece == 30 ? wait : Wait(1ms));
    progress.ended(true);
  };
  for (int i = 0; i < 8; ++i) body_with_a_wait(70ms);
  CHECK(about(*stalls.piece_threshold(), 210ms));
}
