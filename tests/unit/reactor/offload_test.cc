// SPDX-License-Identifier: MIT
#include "reactor/offload.h"

#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <set>
#include <thread>

#include "base/thread_safety.h"
#include "drive.h"

namespace rimfs::reactor {
namespace {

Task<> all_ended(TaskScope& scope) { co_await scope.joined(); }

Task<> run_one(Offload& offload, Offload::Work work) {
  auto done = offload.run(std::move(work));
  co_await done;
}

Task<> run_many(Offload& offload, int count, std::atomic<int>& ran, int& resumed) {
  for (int i = 0; i < count; ++i) {
    Offload::Work work = [&ran] { ++ran; };
    auto done = offload.run(std::move(work));
    co_await done;
    ++resumed;
  }
}

TEST_CASE("without threads the loop does the work, also in virtual time") {
  VirtualTime time;
  EventLoop loop(&time);
  Offload offload(loop, 0);
  std::atomic<int> ran{0};
  int resumed = 0;
  drive(loop, run_many(offload, 3, ran, resumed));
  CHECK(ran == 3);
  CHECK(resumed == 3);
}

TEST_CASE("work runs on another thread, and its waiter resumes on the loop's thread") {
  EventLoop loop;
  Offload offload(loop, 1);
  std::thread::id there;
  drive(loop, run_one(offload, [&] { there = std::this_thread::get_id(); }));
  CHECK(there != std::thread::id());
  CHECK(there != std::this_thread::get_id());
}

TEST_CASE("many tasks share a few threads, and each resumes once for each piece of work") {
  EventLoop loop;
  Offload offload(loop, 2);
  std::atomic<int> ran = 0;
  int resumed = 0;
  {
    TaskScope scope;
    for (int i = 0; i < 50; ++i) scope.spawn(run_many(offload, 40, ran, resumed));
    drive(loop, all_ended(scope));
  }
  CHECK(ran == 2000);
  CHECK(resumed == 2000);
}

TEST_CASE("as many pieces of work run at the same time as there are threads") {
  EventLoop loop;
  Offload offload(loop, 2);
  std::atomic<int> here = 0;
  // Each waits for the other: with one thread this would never end.
  const Offload::Work meet = [&here] {
    ++here;
    while (here < 2) std::this_thread::yield();
  };
  TaskScope scope;
  scope.spawn(run_one(offload, meet));
  scope.spawn(run_one(offload, meet));
  drive(loop, all_ended(scope));
  CHECK(here == 2);
}

TEST_CASE("signals are blocked in the threads") {
  EventLoop loop;
  Offload offload(loop, 1);
  bool blocked = false;
  drive(loop, run_one(offload, [&] {
          sigset_t now;
          pthread_sigmask(SIG_SETMASK, nullptr, &now);
          blocked = sigismember(&now, SIGTERM) == 1;
        }));
  CHECK(blocked);
}

}  // namespace
}  // namespace rimfs::reactor
