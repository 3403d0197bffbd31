// SPDX-License-Identifier: MIT
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/descriptor.h"
#include "base/thread_safety.h"
#include "reactor/move_only_function.h"
#include "reactor/steps.h"
#include "reactor/timers.h"
#include "reactor/virtual_time.h"

namespace rimfs::reactor {

/// One epoll loop: file descriptors, timers, coroutines to resume, and an inbox for other threads. The thread that
/// calls run() becomes "the loop's thread"; while no run() is active, any one thread may take that role. Owns its
/// callbacks, but neither the watched descriptors nor the coroutines. Throws Error{system} when the kernel refuses;
/// callbacks must not throw (std::terminate).
class EventLoop {
 public:
  using Clock = std::chrono::steady_clock;
  using TimerId = Timers::Id;  ///< The identifier of a timer; never 0.
  using ReadyHandler = std::function<void(std::uint32_t events)>;

  /// `time` is the clock, for tests; null selects the steady clock. It outlives the loop. With virtual time, run() also
  /// returns when no event, coroutine or timer is left, because no other thread is expected to post.
  explicit EventLoop(VirtualTime* time = nullptr);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // ---- Any thread. The calls must return before the loop is destroyed: join the callers first.

  /// Runs the loop until stop(). It may be called again afterwards.
  void run();
  /// Ends run() after all functions posted before this call have run. A call before run() ends the next run() in the
  /// same way.
  void stop();
  /// Runs `f` on the loop's thread, in the order of the posts. `f` is destroyed without being run if the loop never
  /// runs again.
  void post(MoveOnlyFunction f, Where caller = Where());
  bool on_loop_thread() const;
  Clock::time_point now() const { return time_ ? time_->now() : Clock::now(); }
  /// The measured durations of the loop's steps.
  const Steps& steps() const { return steps_; }

  // ---- The loop's thread only.

  /// Resumes `waiter` from the loop: in this turn, or in the next one if the loop is already resuming coroutines.
  void resume_soon(std::coroutine_handle<> waiter, Where caller = Where());

  /// Calls `f` once, at the earliest after `delay`, and never inside this call.
  TimerId add_timer(Clock::duration delay, std::function<void()> f, Where caller = Where());
  /// Has no effect if the timer has run or was cancelled.
  void cancel_timer(TimerId timer);

  /// Calls `on_ready` while any of `events` (EPOLLIN, EPOLLOUT) or an error is pending. For a descriptor that is
  /// already watched, only changes the events and keeps its handler. A handler may watch and unwatch any descriptor,
  /// including its own; events of the same turn that are no longer requested are dropped.
  void watch(int fd, std::uint32_t events, ReadyHandler on_ready, Where caller = Where());
  /// Call it before the descriptor is closed. Has no effect if the descriptor is not watched.
  void unwatch(int fd);

  /// `co_await loop.sleep(delay);` resumes by a timer, or earlier by wake_sleepers().
  class Sleep {
   public:
    Sleep(EventLoop& loop, Clock::duration delay, Where caller) : loop_(loop), delay_(delay), caller_(caller) {}
    bool await_ready() const { return loop_.sleepless_; }
    void await_suspend(std::coroutine_handle<> waiter) const { loop_.wake_later(delay_, waiter, caller_); }
    void await_resume() const {}

   private:
    EventLoop& loop_;
    Clock::duration delay_;
    Where caller_;
  };
  Sleep sleep(Clock::duration delay, Where caller = Where()) { return Sleep(*this, delay, caller); }
  /// Ends every current and future sleep immediately, for shutdown.
  void wake_sleepers();
  /// True after wake_sleepers(). A coroutine that sleeps in a loop must then end, because its sleeps no longer yield to
  /// the loop.
  bool is_sleepless() const { return sleepless_; }

 private:
  struct Watch {
    std::uint32_t generation;  // distinguishes this registration from earlier ones of the same descriptor number
    std::uint32_t events;
    ReadyHandler on_ready;
    Where caller;
  };
  struct Posted {
    MoveOnlyFunction f;
    Where caller;
  };
  struct Waiting {
    std::coroutine_handle<> waiter;
    Where caller;
  };

  void check_thread() const;
  void wake_later(Clock::duration delay, std::coroutine_handle<> sleeper, Where caller);
  bool register_fd(int fd, const Watch& watch, bool known);
  int wait_milliseconds() const;
  bool wait_and_dispatch();
  bool skip_to_next_timer();
  void dispatch(const epoll_event& event);
  bool run_inbox();
  void resume_waiting();
  void wake();
  void swallow_wake();

  // Constant after construction.
  VirtualTime* const time_;
  const Descriptor epoll_;
  const Descriptor wake_;  // an eventfd

  // The loop's thread only.
  Timers timers_;
  std::unordered_map<int, std::shared_ptr<Watch>> watches_;  // shared: a handler may unwatch its own descriptor
  std::uint32_t next_generation_ = 1;
  std::vector<Waiting> waiting_;
  std::unordered_map<TimerId, std::coroutine_handle<>> sleepers_;
  bool sleepless_ = false;

  // Synchronise themselves.
  Steps steps_;
  std::atomic<std::thread::id> thread_{};  // the default id while no run() is active

  Mutex mutex_;  // innermost: no other lock is taken while it is held
  std::vector<Posted> inbox_ RIMFS_GUARDED_BY(mutex_);
  bool stopping_ RIMFS_GUARDED_BY(mutex_) = false;
};

}  // namespace rimfs::reactor
