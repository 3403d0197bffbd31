// SPDX-License-Identifier: MIT
#include "reactor/timers.h"

#include <doctest/doctest.h>

#include <vector>

namespace rimfs::reactor {
namespace {

Timers::Time at(int ms) { return Timers::Time(std::chrono::milliseconds(ms)); }

TEST_CASE("timers run in the order of deadlines, equal ones in the order of addition") {
  Timers timers;
  std::vector<int> ran;
  CHECK(!timers.next_deadline());
  timers.add(at(20), [&] { ran.push_back(3); });
  timers.add(at(10), [&] { ran.push_back(1); });
  timers.add(at(10), [&] { ran.push_back(2); });
  CHECK(timers.next_deadline() == at(10));
  timers.run_due(at(9));
  CHECK(ran.empty());
  timers.run_due(at(10));
  CHECK(ran == std::vector<int>{1, 2});
  timers.run_due(at(30));
  CHECK(ran == std::vector<int>{1, 2, 3});
}

TEST_CASE("a cancelled timer does not run, even when another one due with it cancels it") {
  Timers timers;
  int ran = 0;
  Timers::Id second = 0;
  const Timers::Id first = timers.add(at(1), [&] {
    ++ran;
    timers.cancel(second);
    timers.cancel(second);
  });
  second = timers.add(at(1), [&] { ran += 100; });
  timers.run_due(at(1));
  timers.cancel(first);  // has run
  CHECK(ran == 1);
  CHECK(!timers.next_deadline());
}

TEST_CASE("a timer that adds itself again runs once a turn") {
  Timers timers;
  int ran = 0;
  std::function<void()> again = [&] {
    ++ran;
    timers.add(at(0), again);
  };
  timers.add(at(0), again);
  timers.run_due(at(5));
  CHECK(ran == 1);
  timers.run_due(at(5));
  CHECK(ran == 2);
}

}  // namespace
}  // namespace rimfs::reactor
