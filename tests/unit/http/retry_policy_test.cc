// SPDX-License-Identifier: MIT
#include "http/retry_policy.h"

#include <doctest/doctest.h>

#include "http/backoff.h"

using namespace rimfs::http;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

Jitter jitter(1);

}  // namespace

TEST_CASE("the ceiling of the delay doubles up to five seconds") {
  const RetryPolicy policy(seconds(1000));
  struct Row {
    unsigned attempt;
    int longest;
  };
  for (const Row& row : {Row{1, 100}, Row{2, 200}, Row{3, 400}, Row{6, 3200}, Row{7, 5000}, Row{50, 5000}}) {
    CAPTURE(row.attempt);
    CHECK(policy.next_delay({row.attempt, milliseconds(0), {}, 0.0}) == milliseconds(1));
    const auto longest = policy.next_delay({row.attempt, milliseconds(0), {}, 0.9999});
    CHECK(*longest <= milliseconds(row.longest));
    CHECK(*longest >= milliseconds(row.longest - 1));
  }
}

TEST_CASE("Retry-After is honoured, and the deadline is never exceeded") {
  const RetryPolicy policy(seconds(10));
  CHECK(policy.next_delay({1, milliseconds(0), seconds(3), 0.0}) == seconds(3));
  CHECK_FALSE(policy.next_delay({1, milliseconds(9999), {}, 0.5}));
}

TEST_CASE("a retry after the deadline is made a last time shortly before it") {
  struct Row {
    seconds deadline;
    milliseconds elapsed, retry_after;
    std::optional<milliseconds> delay;
  };
  for (const Row& row : {
           Row{seconds(10), seconds(0), seconds(10), milliseconds(8750)},
           Row{seconds(60), seconds(0), seconds(61), seconds(55)},
           Row{seconds(60), seconds(0), seconds(86400), seconds(55)},
           Row{seconds(60), seconds(30), seconds(30), seconds(25)},
           Row{seconds(60), seconds(30), seconds(25), seconds(25)},
           Row{seconds(60), seconds(55), seconds(61), std::nullopt},
           Row{seconds(60), seconds(60), seconds(0), std::nullopt},
           Row{seconds(0), seconds(0), seconds(1), std::nullopt},
       }) {
    CAPTURE(row.elapsed.count());
    CAPTURE(row.retry_after.count());
    CHECK(RetryPolicy(row.deadline).next_delay({1, row.elapsed, row.retry_after, 0.0}) == row.delay);
  }
}

TEST_CASE("a failure that rarely passes ends after six attempts, one that may pass at the deadline") {
  const auto now = Backoff::Clock::now();
  Rejection failure{rimfs::ErrorKind::corrupt, true, "", true};
  Backoff seldom(seconds(60), jitter);
  for (int i = 0; i < 5; ++i) CHECK(seldom.after(failure, {}, now));
  CHECK_FALSE(seldom.after(failure, {}, now));

  failure.briefly = false;
  Backoff often(seconds(60), jitter);
  for (int i = 0; i < 100; ++i) CHECK(often.after(failure, {}, now));
  CHECK_FALSE(often.after(failure, {}, now + seconds(60)));
}

TEST_CASE("failures that rarely pass are counted separately") {
  const Rejection refused{rimfs::ErrorKind::unreachable, true, ""};
  Rejection gone{rimfs::ErrorKind::missing, true, ""};
  gone.briefly = true;
  const auto now = Backoff::Clock::now();
  Backoff backoff(seconds(60), jitter);
  for (int i = 0; i < 10; ++i) CHECK(backoff.after(refused, {}, now));
  for (int i = 0; i < 5; ++i) CHECK(backoff.after(gone, {}, now));
  CHECK(backoff.after(refused, {}, now));
  for (int i = 0; i < 5; ++i) CHECK(backoff.after(gone, {}, now));
  CHECK_FALSE(backoff.after(gone, {}, now));
}

TEST_CASE("substantial progress restarts the deadline, a few bytes do not") {
  const Rejection cut{rimfs::ErrorKind::unreachable, true, ""};
  const auto start = Backoff::Clock::now();
  struct Row {
    rimfs::ByteCount each_try;
    bool goes_on;
  };
  for (const Row& row : {Row{{1}, false}, Row{{100'000}, false}, Row{{4 << 20}, true}}) {
    CAPTURE(row.each_try.value);
    Backoff backoff(seconds(10), jitter);
    CHECK(backoff.after(cut, {}, start));
    backoff.progressed(row.each_try);
    CHECK(backoff.after(cut, {}, start + seconds(11)).has_value() == row.goes_on);
  }
}
