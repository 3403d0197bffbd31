// SPDX-License-Identifier: MIT
#include "reactor/event_loop.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/error.h"
#include "drive.h"
#include "reactor/reactor_thread.h"

namespace rimfs::reactor {
namespace {

using namespace std::chrono_literals;

/// Two connected sockets.
class Pair {
 public:
  Pair() { REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends_.data()) == 0); }
  ~Pair() {
    close(ends_[0]);
    close(ends_[1]);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  int near() const { return ends_[0]; }
  void send_to_near() const { REQUIRE(write(ends_[1], "x", 1) == 1); }

 private:
  std::array<int, 2> ends_{};
};

void one_turn(EventLoop& loop) {
  loop.stop();
  loop.run();
}

Task<> sleep_for(EventLoop& loop, std::chrono::milliseconds delay, int name, std::vector<int>& order) {
  co_await loop.sleep(delay);
  order.push_back(name);
}

Task<> fail_after_sleep(EventLoop& loop) {
  co_await loop.sleep(1ms);
  throw std::runtime_error("broken");
}

TEST_CASE("functions posted before stop() run in order on the loop's thread") {
  EventLoop loop;
  std::vector<int> order;
  CHECK(!loop.on_loop_thread());
  for (int i : {1, 2, 3}) {
    loop.post([&loop, &order, only = std::make_unique<int>(i)] {
      CHECK(loop.on_loop_thread());
      order.push_back(*only);
    });
  }
  one_turn(loop);
  CHECK(order == std::vector<int>{1, 2, 3});
  CHECK(!loop.on_loop_thread());
}

TEST_CASE("a function that a posted function posts runs in a later turn") {
  EventLoop loop;
  bool ran = false;
  loop.post([&] {
    loop.post([&] {
      ran = true;
      loop.stop();
    });
  });
  loop.run();
  CHECK(ran);
}

TEST_CASE("a posted function that never runs is destroyed with the loop") {
  const auto held = std::make_shared<int>(0);
  {
    EventLoop loop;
    loop.post([held] { ++*held; });
  }
  CHECK(held.use_count() == 1);
  CHECK(*held == 0);
}

TEST_CASE("posts from many threads all arrive, each thread's in its order") {
  constexpr int kThreads = 4, kPosts = 5000;
  EventLoop loop;
  std::array<int, kThreads> next{};
  int arrived = 0, out_of_order = 0;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kPosts; ++i) {
        loop.post([&, t, i] {
          if (next[t]++ != i) ++out_of_order;
          if (++arrived == kThreads * kPosts) loop.stop();
        });
      }
    });
  }
  loop.run();
  for (std::thread& thread : threads) thread.join();
  CHECK(arrived == kThreads * kPosts);
  CHECK(out_of_order == 0);
}

TEST_CASE("a timer runs once, not early; a cancelled one never") {
  EventLoop loop;
  const auto begin = loop.now();
  int ran = 0;
  const EventLoop::TimerId doomed = loop.add_timer(1ms, [&] { ran += 100; });
  CHECK(doomed != 0);
  loop.cancel_timer(doomed);
  loop.add_timer(EventLoop::Clock::duration::max(), [&] { ran += 1000; });
  loop.add_timer(-1h, [&] { ++ran; });
  loop.add_timer(5ms, [&] {
    ++ran;
    loop.stop();
  });
  loop.run();
  CHECK(ran == 2);
  CHECK(loop.now() - begin >= 5ms);
}

TEST_CASE("sleepers wake in the order of their delays") {
  EventLoop loop;
  std::vector<int> order;
  TaskScope scope;
  scope.spawn(sleep_for(loop, 4ms, 2, order));
  scope.spawn(sleep_for(loop, 0ms, 1, order));
  drive(loop, sleep_for(loop, 8ms, 3, order));
  CHECK(order == std::vector<int>{1, 2, 3});
}

TEST_CASE("a handler sees its descriptor ready until it is unwatched") {
  EventLoop loop;
  const Pair pair;
  int reads = 0;
  loop.watch(pair.near(), EPOLLIN, [&](std::uint32_t ready) {
    CHECK(ready == EPOLLIN);
    ++reads;
  });
  pair.send_to_near();
  one_turn(loop);
  one_turn(loop);  // nobody has read: still ready
  CHECK(reads == 2);
  loop.unwatch(pair.near());
  loop.unwatch(pair.near());
  one_turn(loop);
  CHECK(reads == 2);
}

TEST_CASE("watching again changes the events and keeps the handler") {
  EventLoop loop;
  const Pair pair;
  std::vector<std::uint32_t> seen;
  loop.watch(pair.near(), EPOLLIN, [&](std::uint32_t ready) { seen.push_back(ready); });
  one_turn(loop);
  CHECK(seen.empty());
  loop.watch(pair.near(), EPOLLOUT, nullptr);
  one_turn(loop);
  CHECK(seen == std::vector<std::uint32_t>{EPOLLOUT});
  loop.unwatch(pair.near());
}

TEST_CASE("a handler may unwatch and watch its own descriptor") {
  EventLoop loop;
  const Pair pair;
  pair.send_to_near();
  const auto held = std::make_shared<int>(0);
  int second = 0;
  loop.watch(pair.near(), EPOLLIN, [&loop, &pair, &second, held](std::uint32_t) {
    loop.unwatch(pair.near());
    loop.watch(pair.near(), EPOLLIN, [&second](std::uint32_t) { ++second; });
    ++*held;  // the handler still exists
  });
  one_turn(loop);
  CHECK(*held == 1);
  CHECK(held.use_count() == 1);
  CHECK(second == 0);
  one_turn(loop);
  CHECK(second == 1);
  loop.unwatch(pair.near());
}

TEST_CASE("an event is dropped when its descriptor was unwatched, closed, or watched again in the same turn") {
  EventLoop loop;
  const Pair first, second;
  int handled = 0, anew = 0;
  SUBCASE("unwatched") {
    for (const Pair* pair : {&first, &second}) {
      loop.watch(pair->near(), EPOLLIN, [&](std::uint32_t) {
        ++handled;
        loop.unwatch(first.near());
        loop.unwatch(second.near());
      });
    }
  }
  SUBCASE("watched again") {
    for (const Pair* pair : {&first, &second}) {
      const Pair* other = pair == &first ? &second : &first;
      loop.watch(pair->near(), EPOLLIN, [&loop, &handled, &anew, pair, other](std::uint32_t) {
        ++handled;
        const int own = pair->near(), others = other->near();
        int& count = anew;
        loop.unwatch(own);
        loop.unwatch(others);
        loop.watch(others, EPOLLIN, [&count](std::uint32_t) { ++count; });
      });
    }
  }
  SUBCASE("watched for other events") {
    for (const Pair* pair : {&first, &second}) {
      loop.watch(pair->near(), EPOLLIN, [&](std::uint32_t ready) {
        ++handled;
        CHECK(ready == EPOLLIN);
        loop.watch(first.near(), 0, nullptr);
        loop.watch(second.near(), 0, nullptr);
      });
    }
  }
  first.send_to_near();
  second.send_to_near();
  one_turn(loop);
  CHECK(handled == 1);
  CHECK(anew == 0);
  loop.unwatch(first.near());
  loop.unwatch(second.near());
}

TEST_CASE("a descriptor that was closed without unwatch can be watched again under the same number") {
  EventLoop loop;
  int seen = 0;
  const EventLoop::ReadyHandler handler = [&](std::uint32_t) { ++seen; };
  int number = -1;
  {
    const Pair gone;
    number = gone.near();
    loop.watch(number, EPOLLIN, handler);
  }
  const Pair back;
  REQUIRE(back.near() == number);
  loop.watch(number, EPOLLIN, handler);
  back.send_to_near();
  one_turn(loop);
  CHECK(seen == 1);
  loop.unwatch(number);
}

TEST_CASE("a descriptor that cannot be watched is an error") {
  EventLoop loop;
  CHECK_THROWS_AS(loop.watch(-1, EPOLLIN, [](std::uint32_t) {}), Error);
}

TEST_CASE("a loop on its own thread runs tasks, returns their exceptions, and ends") {
  EventLoop loop;
  ReactorThread thread(loop);
  std::vector<int> order;
  thread.run([&] { return sleep_for(loop, 1ms, 1, order); });
  CHECK(order == std::vector<int>{1});
  CHECK_THROWS_WITH(thread.run([&] { return fail_after_sleep(loop); }), "broken");
}

}  // namespace
}  // namespace rimfs::reactor
