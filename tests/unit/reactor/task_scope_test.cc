// SPDX-License-Identifier: MIT
#include "reactor/task_scope.h"

#include <doctest/doctest.h>

#include <memory>

#include "drive.h"
#include "reactor/signal.h"

namespace rimfs::reactor {
namespace {

Task<> wait_for(Signal& signal, std::shared_ptr<int> ended) {
  co_await signal.wait();
  ++*ended;
}

Task<> join(TaskScope& scope, bool& joined) {
  co_await scope.joined();
  joined = true;
}

Task<> join_and_destroy(std::unique_ptr<TaskScope>& scope) {
  co_await scope->joined();
  scope.reset();
}

Task<> spawn_another(TaskScope& scope, Signal& signal, std::shared_ptr<int> ended) {
  co_await signal.wait();
  scope.spawn(wait_for(signal, ended));
  ++*ended;
}

TEST_CASE("a scope counts its tasks and destroys each at its end") {
  EventLoop loop;
  Signal signal(loop);
  TaskScope scope;
  CHECK(scope.empty());
  const auto ended = std::make_shared<int>(0);
  for (int i = 0; i < 3; ++i) scope.spawn(wait_for(signal, ended));
  CHECK(scope.size() == 3);
  CHECK(ended.use_count() == 4);
  signal.notify_all();
  CHECK(*ended == 0);
  loop.stop();
  loop.run();
  CHECK(*ended == 3);
  CHECK(scope.empty());
  CHECK(ended.use_count() == 1);
}

TEST_CASE("joining also waits for tasks that are spawned meanwhile") {
  EventLoop loop;
  Signal signal(loop);
  TaskScope scope, joiners;
  const auto ended = std::make_shared<int>(0);
  bool joined = false, joined_too = false, joined_empty = false;
  joiners.spawn(join(scope, joined_empty));
  CHECK(joined_empty);
  scope.spawn(spawn_another(scope, signal, ended));
  joiners.spawn(join(scope, joined));
  joiners.spawn(join(scope, joined_too));
  for (int turn = 1; turn <= 2; ++turn) {
    CHECK(!joined);
    signal.notify_all();
    loop.stop();
    loop.run();
    CHECK(*ended == turn);
  }
  CHECK(joined);
  CHECK(joined_too);
}

TEST_CASE("the waiter of joined() may destroy the scope at once") {
  EventLoop loop;
  Signal signal(loop);
  auto scope = std::make_unique<TaskScope>();
  TaskScope joiners;
  const auto ended = std::make_shared<int>(0);
  scope->spawn(wait_for(signal, ended));
  joiners.spawn(join_and_destroy(scope));
  signal.notify_all();
  loop.stop();
  loop.run();
  CHECK(!scope);
  CHECK(ended.use_count() == 1);
}

}  // namespace
}  // namespace rimfs::reactor
