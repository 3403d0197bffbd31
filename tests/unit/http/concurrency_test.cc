// SPDX-License-Identifier: MIT
#include "http/concurrency.h"

#include <doctest/doctest.h>

#include <vector>

using rimfs::http::Concurrency;

namespace {

/// Fills all that is allowed; the stamps of these requests.
std::vector<std::uint64_t> fill(Concurrency& concurrency) {
  std::vector<std::uint64_t> stamps;
  while (concurrency.has_room()) {
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
  CHECK_FALSE(concurrency.has_room());
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

TEST_CASE("what was never used is not allowed after a refusal") {
  Concurrency concurrency(64);
  for (int i = 0; i < 40; ++i) concurrency.start();
  concurrency.overloaded(concurrency.stamp());
  CHECK(concurrency.allowed() == 20);
}

TEST_CASE("each round of successes allows one request more, up to the limit") {
  Concurrency concurrency(4);
  concurrency.start();
  concurrency.start();
  concurrency.overloaded(concurrency.stamp());
  CHECK(concurrency.allowed() == 1);
  for (const unsigned expected : {2u, 2u, 3u, 3u, 3u, 4u, 4u}) {
    concurrency.succeeded();
    CHECK(concurrency.allowed() == expected);
  }
}

TEST_CASE("a refusal of the only request says nothing of how many are too many") {
  Concurrency concurrency(4);
  concurrency.start();
  concurrency.overloaded(concurrency.stamp());
  CHECK(concurrency.allowed() == 4);
}

TEST_CASE("those who wait and what is queued take turns") {
  Concurrency concurrency(2);
  fill(concurrency);
  concurrency.wait();
  concurrency.wait();
  for (int round = 0; round < 2; ++round) {
    concurrency.end();
    CHECK_FALSE(concurrency.has_room());
    CHECK(concurrency.has_room_for_waiter());
    concurrency.start_waiter();
    concurrency.end();
    CHECK(concurrency.has_room());
    concurrency.start();
  }
  concurrency.end();
  CHECK(concurrency.has_room());
}
