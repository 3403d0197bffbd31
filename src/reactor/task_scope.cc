// SPDX-License-Identifier: MIT
#include "reactor/task_scope.h"

#include <cstdio>
#include <exception>
#include <utility>

#include "base/printable.h"

namespace rimfs::reactor {

struct TaskScope::Root {
  struct promise_type {
    Root get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }  // the frame destroys itself
    void return_void() const noexcept {}
    [[noreturn]] void unhandled_exception() const noexcept {
      try {
        throw;
      } catch (const std::exception& error) {
        std::fprintf(stderr, "rimfs: an exception left a spawned task: %s\n", printable(error.what()).c_str());
      } catch (...) {
        std::fprintf(stderr, "rimfs: an exception left a spawned task: not a std::exception\n");
      }
      std::terminate();
    }
  };
};

TaskScope::~TaskScope() { require(empty() && joiners_.empty(), "a task scope is empty when it is destroyed"); }

void TaskScope::spawn(Task<> task) {
  ++running_;
  run(*this, std::move(task));
}

TaskScope::Root TaskScope::run(TaskScope& scope, Task<> task) {
  {
    Task<> running = std::move(task);
    co_await std::move(running);
  }
  scope.ended();  // the scope may be destroyed now
}

/// Joiners exist only while tasks run, so spawn() never reaches this function with joiners.
void TaskScope::ended() {
  if (--running_ > 0) return;
  const std::vector<std::coroutine_handle<>> joiners = std::exchange(joiners_, {});
  for (const std::coroutine_handle<> joiner : joiners) joiner.resume();
}

}  // namespace rimfs::reactor
