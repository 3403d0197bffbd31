// SPDX-License-Identifier: MIT
#pragma once

#include <coroutine>
#include <cstddef>
#include <vector>

#include "reactor/task.h"

namespace rimfs::reactor {

/// Owns tasks that no coroutine awaits, so that shutdown can wait for them: cancel, `co_await joined()`, destroy. Made
/// and destroyed on any thread while the loop does not run; otherwise used on the loop's thread only. Each task's frame
/// is destroyed at its end. An exception that leaves a spawned task, or destroying a scope that is not empty, ends the
/// program with a line on standard error.
class TaskScope {
 public:
  TaskScope() = default;
  ~TaskScope();
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

  /// Starts the task immediately; returns when it first parks or has ended.
  void spawn(Task<> task);

  bool empty() const { return running_ == 0; }
  std::size_t size() const { return running_; }

  /// Waits for an empty scope. The end of the last task resumes the waiter, which may destroy the scope.
  class Joined {
   public:
    explicit Joined(TaskScope& scope) : scope_(scope) {}
    bool await_ready() const { return scope_.empty(); }
    void await_suspend(std::coroutine_handle<> waiter) const { scope_.joiners_.push_back(waiter); }
    void await_resume() const {}

   private:
    TaskScope& scope_;
  };
  Joined joined() { return Joined(*this); }

 private:
  struct Root;  // the coroutine that runs a spawned task; its frame destroys itself at the end

  static Root run(TaskScope& scope, Task<> task);
  void ended();

  std::size_t running_ = 0;
  std::vector<std::coroutine_handle<>> joiners_;
};

}  // namespace rimfs::reactor
