// SPDX-License-Identifier: MIT
#include "base/joining_thread.h"

#include <doctest/doctest.h>
#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <memory>
#include <mutex>

#include "base/error.h"

using namespace rimfs;

namespace {

/// What bodies wait for.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

}  // namespace

TEST_CASE("the destructor of a thread's owner waits for the thread") {
  Gate gate;
  std::atomic<bool> ended{false};
  {
    const JoiningThread thread([&] {
      gate.wait();
      ended = true;
    });
    gate.open();
  }
  CHECK(ended);
}

TEST_CASE("an owner that is assigned another thread first waits for its own") {
  std::atomic<int> ended{0};
  JoiningThread thread([&] { ++ended; });
  thread = JoiningThread([&] { ended += 10; });
  CHECK(ended % 10 == 1);
  thread.join();
  CHECK(ended == 11);
  thread.join();  // once more: nothing is left to wait for
}

TEST_CASE("an owner without a thread does not wait") {
  JoiningThread none;
  none.join();
}

TEST_CASE("signals are blocked in a thread and unchanged in the thread that starts it") {
  sigset_t before{}, after{}, inside{};
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  JoiningThread([&] { pthread_sigmask(SIG_SETMASK, nullptr, &inside); }).join();
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD, SIGURG}) {
    CHECK(sigismember(&inside, number) == 1);
    CHECK(sigismember(&before, number) == sigismember(&after, number));
  }
}

TEST_CASE("a signal reaches a thread that waits for it") {
  std::atomic<int> received{0};
  JoiningThread thread([&] {
    sigset_t awaited;
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGURG);
    received = sigwaitinfo(&awaited, nullptr);
  });
  thread.send_signal(SIGURG);  // blocked in the thread, so that it waits there until it is taken
  thread.join();
  CHECK(received == SIGURG);
}

TEST_CASE("a group stops its threads once and waits for all of them") {
  Gate gate;
  std::atomic<int> ended{0};
  int stops = 0;
  {
    const ThreadGroup group(
        3,
        [&] {
          gate.wait();
          ++ended;
        },
        [&] {
          ++stops;
          gate.open();
        });
  }
  CHECK(ended == 3);
  CHECK(stops == 1);
}

namespace {

/// A body of which only so many copies can be made, one a thread: what comes after them cannot be started.
struct ScarceBody {
  Gate& gate;
  std::atomic<int>& started;
  std::atomic<int>& ended;
  std::shared_ptr<std::atomic<int>> copies_left;

  ScarceBody(Gate& g, std::atomic<int>& s, std::atomic<int>& e, int copies)
      : gate(g), started(s), ended(e), copies_left(std::make_shared<std::atomic<int>>(copies)) {}
  ScarceBody(ScarceBody&&) = default;
  ScarceBody(const ScarceBody& other)
      : gate(other.gate), started(other.started), ended(other.ended), copies_left(other.copies_left) {
    if ((*copies_left)-- == 0) throw Error(ErrorKind::system, "starting a thread: no memory");
  }
  void operator()() const {
    ++started;
    gate.wait();
    ++ended;
  }
};

}  // namespace

TEST_CASE("a group that cannot start all its threads ends those that it started") {
  Gate gate;
  std::atomic<int> started{0};
  std::atomic<int> ended{0};
  const std::function<void()> body = ScarceBody(gate, started, ended, 2);
  CHECK_THROWS_AS(ThreadGroup(8, body, [&] { gate.open(); }), Error);
  CHECK(started == 2);
  CHECK(ended == 2);
}
