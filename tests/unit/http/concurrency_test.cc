// SPDX-License-Identifier: MIT
#include "http/concurrency.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <random>
#include <vector>

using namespace std::chrono_literals;
using rimfs::http::Concurrency;
using rimfs::http::LoadControl;

namespace {

/// Fills all that is allowed; the stamps of these requests.
std::vector<std::uint64_t> fill(Concurrency& concurrency) {
  std::vector<std::uint64_t> stamps;
  while (concurrency.has_free_slot()) {
    concurrency.start();
    stamps.push_back(concurrency.stamp());
  }
  return stamps;
}

}  // namespace

TEST_CASE("a burst of refusals halves the requests at once, and only once") {
  Concurrency concurrency(16);
  const auto stamps = fill(concurrency);
  CHECK(stamps.size() == 16);
  for (const auto stamp : stamps) concurrency.overloaded(stamp);
  CHECK(concurrency.allowed() == 8);
  CHECK_FALSE(concurrency.has_free_slot());
}

TEST_CASE("refusals of later requests halve again, down to a quarter") {
  Concurrency concurrency(16);
  for (const unsigned expected : {8u, 4u, 4u}) {
    fill(concurrency);
    concurrency.overloaded(concurrency.stamp());
    CHECK(concurrency.allowed() == expected);
    while (concurrency.running() > 0) concurrency.end();
  }
}

TEST_CASE("a number that was never used is not allowed after a refusal") {
  Concurrency concurrency(16);
  for (int i = 0; i < 10; ++i) concurrency.start();
  concurrency.overloaded(concurrency.stamp());
  CHECK(concurrency.allowed() == 5);
}

TEST_CASE("each round of successes allows one more request, up to the limit") {
  Concurrency concurrency(16);
  fill(concurrency);
  concurrency.overloaded(concurrency.stamp());
  for (unsigned expected = 8; expected < 16; ++expected) {
    CHECK(concurrency.allowed() == expected);
    for (unsigned i = 0; i < expected; ++i) concurrency.succeeded();
  }
  CHECK(concurrency.allowed() == 16);
}

TEST_CASE("the initial number is 16, or the limit when that is less") {
  for (const auto& [most, begin] : {std::pair{1u, 1u}, {4u, 4u}, {16u, 16u}, {17u, 16u}, {256u, 16u}}) {
    CHECK(Concurrency(most).allowed() == begin);
  }
}

TEST_CASE("the number settles at the largest that the server accepts") {
  for (const unsigned can : {4u, 10u, 24u, 40u}) {
    CAPTURE(can);
    Concurrency concurrency(64);
    unsigned refused_late = 0;
    const unsigned rounds = 2000;
    for (unsigned round = 0; round < rounds; ++round) {
      const auto stamps = fill(concurrency);
      const auto running = concurrency.running();
      for (std::size_t i = 0; i < stamps.size(); ++i) {
        if (i < can) concurrency.succeeded();
        if (i >= can) concurrency.overloaded(stamps[i]);
      }
      if (round > rounds / 2) {
        refused_late += running > can ? running - can : 0;
        CHECK(running + 1 >= std::min(can, 16u));
        CHECK(running <= can + 1);
      }
      while (concurrency.running() > 0) concurrency.end();
    }
    CHECK(refused_late <= rounds / 2 / 60 + 1);
  }
}

TEST_CASE("a refusal of the only request does not change the number") {
  Concurrency concurrency(4);
  concurrency.start();
  concurrency.overloaded(concurrency.stamp());
  CHECK(concurrency.allowed() == 4);
}

TEST_CASE("waiters and queued work take turns") {
  Concurrency concurrency(2);
  fill(concurrency);
  concurrency.wait();
  concurrency.wait();
  for (int round = 0; round < 2; ++round) {
    concurrency.end();
    CHECK_FALSE(concurrency.has_free_slot());
    CHECK(concurrency.has_slot_for_waiter());
    concurrency.start_waiter();
    concurrency.end();
    CHECK(concurrency.has_free_slot());
    concurrency.start();
  }
  concurrency.end();
  CHECK(concurrency.has_free_slot());
}

namespace {

/// A link in time steps of a millisecond: each connection brings `rate` at most and all together `bandwidth`; what is
/// sent beyond that waits in a queue, so that replies begin later: n connections with a window of rate x delay each.
struct SimulatedLink {
  double bandwidth;
  double rate;
  std::chrono::microseconds delay;
  double noise = 0;  // of the goodput, as a part; and of the delay, in ms
  std::mt19937 random{5};

  double queueing(unsigned n) const {
    return std::max(0.0, n * rate / bandwidth - 1) * static_cast<double>(delay.count());
  }
  double jitter() { return noise == 0 ? 0 : std::normal_distribution<double>(0, 1)(random); }
};

constexpr double kMillion = 1e6;

/// Runs all that is allowed, or `used` of it, for a time; tells of `allowed()` every 100 ms.
void transfer(Concurrency& concurrency, SimulatedLink& link, Concurrency::Time& now, std::chrono::milliseconds duration,
              const std::function<void(unsigned)>& tell, unsigned used = 1000) {
  for (int ms = 0; ms < duration.count(); ++ms) {
    now += 1ms;
    while (concurrency.running() < std::min(used, concurrency.allowed())) concurrency.start();
    while (concurrency.running() > std::min(used, concurrency.allowed())) concurrency.end();
    const unsigned n = concurrency.running();
    const double goodput = std::min(link.bandwidth, n * link.rate) * (1 + link.noise * link.jitter());
    if (ms % 10 == 0) {
      const double late = link.queueing(n) + std::abs(link.noise * link.jitter()) * 20000;
      concurrency.replied(link.delay + std::chrono::microseconds(static_cast<int>(late)), now);
    }
    for (int piece = 0; piece < 4; ++piece)
      concurrency.brought({static_cast<std::uint64_t>(std::max(0.0, goodput) / 4000)}, now);
    if (ms % 100 == 0) tell(concurrency.allowed());
  }
}

/// The least and the most that was allowed.
struct Spread {
  unsigned least = 1000, most = 0;
  std::function<void(unsigned)> teller() {
    return [this](unsigned allowed) { least = std::min(least, allowed), most = std::max(most, allowed); };
  }
};

}  // namespace

TEST_CASE("the number grows to the capacity of the link and stays near it") {
  struct Row {
    const char* what;
    double bandwidth, rate;
    std::chrono::milliseconds delay;
    double noise;
    unsigned cap, least, most;
  };
  const std::vector<Row> rows = {
      {"a link for 20 connections", 200 * kMillion, 10 * kMillion, 150ms, 0, 64, 18, 29},
      {"a link for 20 connections, noisy", 200 * kMillion, 10 * kMillion, 150ms, 0.01, 64, 17, 30},
      {"a link for 40 connections", 400 * kMillion, 10 * kMillion, 40ms, 0, 64, 36, 58},
      {"a link for 120 connections", 1200 * kMillion, 10 * kMillion, 80ms, 0, 256, 105, 165},
      {"a link that takes all", 5000 * kMillion, 10 * kMillion, 150ms, 0, 64, 64, 64},
      {"a link that takes all, noisy", 5000 * kMillion, 10 * kMillion, 150ms, 0.01, 64, 56, 64},
      {"the default is no more than 16", 5000 * kMillion, 10 * kMillion, 150ms, 0.01, 16, 16, 16},
      {"a server near by, whose replies jitter", 5000 * kMillion, 300 * kMillion, 1ms, 0.1, 16, 16, 16},
      {"few requests are left alone while their delay is not plainly more than doubled", 60 * kMillion, 10 * kMillion,
       100ms, 0, 16, 12, 15},
      {"a datastore's four, noisy", 5000 * kMillion, 10 * kMillion, 150ms, 0.1, 4, 4, 4},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    Concurrency concurrency(row.cap);
    SimulatedLink link{row.bandwidth, row.rate, row.delay, row.noise};
    Concurrency::Time now{1h};
    transfer(
        concurrency, link, now, 1s, [](unsigned) {}, 1);  // the first request is alone, and sees the least delay
    transfer(concurrency, link, now, 12s, [](unsigned) {});
    Spread spread;
    transfer(concurrency, link, now, 20s, spread.teller());
    CHECK(spread.least >= row.least);
    CHECK(spread.most <= row.most);
  }
}

TEST_CASE("the first requests double as long as each step raises the throughput") {
  Concurrency concurrency(256);
  SimulatedLink link{1e10, 1e7, 100ms};
  Concurrency::Time now{1h};
  std::vector<unsigned> seen;
  transfer(concurrency, link, now, 4s, [&](unsigned allowed) {
    if (seen.empty() || seen.back() != allowed) seen.push_back(allowed);
  });
  CHECK(seen == std::vector<unsigned>{16, 32, 64, 128, 256});
}

TEST_CASE("the number follows a link that changes, down and up") {
  Concurrency concurrency(64);
  SimulatedLink link{400 * kMillion, 10 * kMillion, 100ms};
  Concurrency::Time now{1h};
  transfer(concurrency, link, now, 10s, [](unsigned) {});
  CHECK(concurrency.allowed() >= 36);
  link.bandwidth /= 2;
  transfer(concurrency, link, now, 20s, [](unsigned) {});
  CHECK(concurrency.allowed() <= 29);
  CHECK(concurrency.allowed() >= 18);
  link.bandwidth *= 2;
  transfer(concurrency, link, now, 60s, [](unsigned) {});
  CHECK(concurrency.allowed() >= 36);
}

TEST_CASE("a reader that does not use all allowed requests changes nothing") {
  Concurrency concurrency(64);
  SimulatedLink link{60 * kMillion, 10 * kMillion, 100ms};
  Concurrency::Time now{1h};
  Spread spread;
  transfer(concurrency, link, now, 20s, spread.teller(), 12);
  CHECK(spread.least == 16);
  CHECK(spread.most == 16);
}

TEST_CASE("the measurements of a window determine the number") {
  using Window = LoadControl::Window;
  struct Row {
    const char* what;
    std::vector<std::pair<Window, unsigned>> windows;  // and what is allowed after each
  };
  const auto at = [](double goodput, std::optional<LoadControl::Delay> delay = 100ms) {
    return Window{goodput, delay, 100ms};
  };
  const std::vector<Row> rows = {
      {"doubling while it brings more", {{at(16), 32}, {at(32), 64}, {at(64), 64}}},
      {"a step that brought less than a twentieth is undone", {{at(16), 32}, {at(16.7), 16}, {at(16), 16}}},
      {"a step that brought more but made a queue stays, and no further one",
       {{at(16), 32}, {at(20, 150ms), 32}, {at(20, 150ms), 28}}},
      {"late replies: fewer, while that costs nothing", {{at(16, 150ms), 14}, {at(16, 140ms), 13}, {at(16), 14}}},
      {"fewer that cost something are undone, and not tried again soon",
       {{at(16, 150ms), 14}, {at(14, 150ms), 16}, {at(16, 150ms), 16}, {at(16, 150ms), 16}}},
      {"a little later says nothing", {{at(16, 120ms), 32}}},
      {"without a new reply only the goodput counts", {{at(16, std::nullopt), 32}, {at(30, std::nullopt), 64}}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    LoadControl control(4, 4);
    unsigned allowed = 16;
    for (const auto& [window, expected] : row.windows)
      CHECK((allowed = control.judge(allowed, window, 64)) == expected);
  }
}

TEST_CASE("only an evident queue reduces the initial number") {
  LoadControl control(2, 16);
  CHECK(control.judge(16, {16, 150ms, 100ms}, 16) == 16);
  CHECK(control.judge(16, {16, 240ms, 100ms}, 16) == 16);
  CHECK(control.judge(16, {16, 260ms, 100ms}, 16) == 14);
}
