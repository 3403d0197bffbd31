// SPDX-License-Identifier: MIT
#pragma once

#include <coroutine>
#include <utility>
#include <vector>

#include "reactor/check.h"
#include "reactor/event_loop.h"

namespace rimfs::reactor {

/// An event for many coroutines, for one or repeated use: `co_await signal.wait()` parks until the next notify_all().
/// It keeps no state: the caller checks its condition before and after the wait. Loop's thread only. Owns nothing; the
/// loop outlives it. Destroying it while a coroutine waits breaks a rule and aborts the program.
class Signal {
 public:
  explicit Signal(EventLoop& loop) : loop_(loop) {}
  ~Signal() { require(waiters_.empty(), "a signal has no waiters when it is destroyed"); }
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  /// Resumes all current waiters in their order, from the loop and not inside this call. The signal may be destroyed
  /// right afterwards.
  void notify_all() {
    for (const Waiter& one : std::exchange(waiters_, {})) loop_.resume_soon(one.handle, one.caller);
  }

  class Wait {
   public:
    Wait(Signal& signal, Where caller) : signal_(signal), caller_(caller) {}
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiter) const { signal_.waiters_.push_back({waiter, caller_}); }
    void await_resume() const {}

   private:
    Signal& signal_;
    Where caller_;
  };
  Wait wait(Where caller = Where()) { return {*this, caller}; }

 private:
  struct Waiter {
    std::coroutine_handle<> handle;
    Where caller;
  };

  EventLoop& loop_;
  std::vector<Waiter> waiters_;
};

}  // namespace rimfs::reactor
