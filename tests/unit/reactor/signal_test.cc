// SPDX-License-Identifier: MIT
#include "reactor/signal.h"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "drive.h"

namespace rimfs::reactor {
namespace {

Task<> wait_twice(Signal& signal, int name, std::vector<int>& order) {
  co_await signal.wait();
  order.push_back(name);
  co_await signal.wait();
  order.push_back(name);
}

Task<> wait_once(Signal& signal, int& woken) {
  co_await signal.wait();
  ++woken;
}

TEST_CASE("a signal resumes all waiters in order, once for each notification") {
  EventLoop loop;
  Signal signal(loop);
  TaskScope scope;
  std::vector<int> order;
  signal.notify_all();  // nobody waits: no memory of it
  for (int name : {1, 2, 3}) scope.spawn(wait_twice(signal, name, order));
  for (int turn = 0; turn < 2; ++turn) {
    signal.notify_all();
    signal.notify_all();
    loop.stop();
    loop.run();
    CHECK(order.size() == (turn == 0 ? 3u : 6u));
  }
  CHECK(order == std::vector<int>{1, 2, 3, 1, 2, 3});
}

TEST_CASE("a signal may be destroyed right after it notified") {
  EventLoop loop;
  TaskScope scope;
  int woken = 0;
  auto signal = std::make_unique<Signal>(loop);
  scope.spawn(wait_once(*signal, woken));
  signal->notify_all();
  signal.reset();
  loop.stop();
  loop.run();
  CHECK(woken == 1);
}

}  // namespace
}  // namespace rimfs::reactor
