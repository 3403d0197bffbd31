// SPDX-License-Identifier: MIT
#include "http/probe_plan.h"

#include <doctest/doctest.h>

using namespace rimfs;
using namespace rimfs::http;
using namespace std::chrono_literals;

namespace {

Jitter jitter(1);
const ProbePlan::Time kStart = ProbePlan::Time{} + 1h;

Rejection passing(ErrorKind kind = ErrorKind::unreachable) { return Rejection{kind, true, "503"}; }
Rejection lasting() { return Rejection{ErrorKind::missing, false, "404"}; }

}  // namespace

TEST_CASE("each of several addresses is tried once before any is retried") {
  ProbePlan plan({2, 0, 1}, 60s, 20s, jitter);
  for (const std::size_t which : {2u, 0u, 1u}) {
    const auto step = plan.next(kStart);
    REQUIRE(step);
    CHECK(step->which == which);
    CHECK_MESSAGE(step->delay == 0ms, "the next address is requested at once");
    plan.failed(passing(), {}, 1ms, kStart);
  }
  const auto again = plan.next(kStart);
  REQUIRE(again);
  CHECK_MESSAGE(again->delay > 0ms, "with the pause of a retry");
}

TEST_CASE("an address with alternatives gets a part of the deadline, the last one all of it") {
  struct Row {
    std::vector<std::size_t> order;
    ProbePlan::Duration deadline;
    ProbePlan::Duration limit;
    const char* what;
  };
  for (const Row& row : {
           Row{{0}, 60s, 60s, "no alternative"},
           Row{{0, 1}, 60s, 7500ms, "an eighth"},
           Row{{0, 1}, 5s, 1s, "at least a second"},
           Row{{0, 1}, 1s, 500ms, "but the other one must have its turn"},
           Row{{0, 1, 2, 3}, 2s, 500ms, "and every other one"},
           Row{{0, 1}, 0s, 2500ms, "without retries: of the time of one try"},
       }) {
    ProbePlan plan(row.order, row.deadline, 20s, jitter);
    const auto step = plan.next(kStart);
    REQUIRE(step);
    CHECK_MESSAGE(step->limit == row.limit, row.what);
  }
}

TEST_CASE("the part doubles with each round, so that slow servers get their time") {
  ProbePlan plan({0, 1}, 60s, 20s, jitter);
  auto now = kStart;
  std::vector<ProbePlan::Duration> limits;
  while (const auto step = plan.next(now)) {
    limits.push_back(step->limit);
    now += step->delay + step->limit;
    plan.failed(passing(ErrorKind::timed_out), {}, step->limit, now);
  }
  REQUIRE(limits.size() >= 4);
  CHECK(limits[0] == 7500ms);
  CHECK(limits[1] == 7500ms);
  CHECK(limits[2] == 15s);
  CHECK(limits[3] == 15s);
  CHECK_MESSAGE(now - kStart <= 60s, "one deadline bounds all");
  CHECK(now - kStart > 50s);
}

TEST_CASE("the deadline runs from the first request that was sent, however long the login took") {
  ProbePlan plan({0}, 10s, 20s, jitter);
  REQUIRE(plan.next(kStart));
  const auto after_login = kStart + 30s;
  plan.failed(passing(), {}, 1s, after_login);
  const auto step = plan.next(after_login + 1s);
  REQUIRE(step);
  CHECK(step->limit + step->delay == 8s);
  CHECK_FALSE(plan.next(after_login + 9s));
}

TEST_CASE("an address with a permanent failure is not retried; without retries none is") {
  ProbePlan plan({0, 1}, 10s, 20s, jitter);
  CHECK(plan.next(kStart)->which == 0);
  plan.failed(lasting(), {}, 1ms, kStart);
  CHECK(plan.is_last());
  CHECK(plan.next(kStart)->which == 1);
  plan.failed(lasting(), {}, 1ms, kStart);
  CHECK_FALSE(plan.next(kStart));

  ProbePlan once({0, 1}, 0s, 20s, jitter);
  CHECK(once.next(kStart)->which == 0);
  once.failed(passing(), {}, 1ms, kStart);
  CHECK(once.next(kStart)->which == 1);
  once.failed(passing(), {}, 1ms, kStart);
  CHECK_FALSE(once.next(kStart));
}

TEST_CASE("Retry-After of one address does not delay others") {
  ProbePlan plan({0, 1}, 60s, 20s, jitter);
  CHECK(plan.next(kStart)->which == 0);
  plan.failed(passing(), 30s, 1ms, kStart);
  CHECK(plan.next(kStart)->which == 1);
  plan.failed(passing(), {}, 1ms, kStart);
  const auto step = plan.next(kStart);
  REQUIRE(step);
  CHECK(step->which == 1);
  CHECK(step->delay < 30s);
}

TEST_CASE("after a different version the other addresses have a quarter of the deadline to contradict it") {
  ProbePlan plan({1, 0}, 60s, 20s, jitter);
  CHECK(plan.next(kStart)->which == 1);
  plan.set_aside(10ms, kStart);
  const auto step = plan.next(kStart);
  REQUIRE(step);
  CHECK(step->which == 0);
  CHECK(step->limit == 15s);
  CHECK_FALSE(plan.next(kStart + 15s));
}
