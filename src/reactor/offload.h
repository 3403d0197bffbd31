// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <coroutine>
#include <deque>
#include <functional>

#include "base/joining_thread.h"
#include "base/thread_safety.h"
#include "reactor/event_loop.h"

namespace rimfs::reactor {

/// A few threads for work that blocks, such as reading a disk, so that the loop does not block. `co_await
/// offload.run(work)` resumes on the loop when the work is done. The work must not throw. Made and destroyed while the
/// loop does not run or after its thread is joined, with no work in flight; run() is for the loop's thread.
class Offload {
 public:
  using Work = std::function<void()>;

  /// Throws Error{system} when the threads cannot be started. With zero threads the loop runs the work itself. That is
  /// for tests in virtual time, whose loop does not wait for other threads.
  Offload(EventLoop& loop, unsigned threads);
  Offload(const Offload&) = delete;
  Offload& operator=(const Offload&) = delete;

  class Done {
   public:
    Done(Offload& offload, Work work, Where caller) : offload_(offload), work_(std::move(work)), caller_(caller) {}
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiter) { offload_.add({std::move(work_), waiter, caller_}); }
    void await_resume() const {}

   private:
    Offload& offload_;
    Work work_;
    Where caller_;
  };
  Done run(Work work, Where caller = Where()) { return Done(*this, std::move(work), caller); }

 private:
  struct Job {
    Work work;
    std::coroutine_handle<> waiter;
    Where caller;
  };
  void add(Job job);
  void serve();
  void stop();

  EventLoop& loop_;
  Mutex mutex_;
  std::condition_variable_any more_;
  std::deque<Job> jobs_ RIMFS_GUARDED_BY(mutex_);
  bool stopping_ RIMFS_GUARDED_BY(mutex_) = false;
  ThreadGroup threads_;  // last: its threads use the members above
};

}  // namespace rimfs::reactor
