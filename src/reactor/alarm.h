// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <functional>
#include <utility>

#include "reactor/event_loop.h"

namespace rimfs::reactor {

/// A one-shot timer that belongs to one object. At most one time is set; the destructor cancels it. Loop's thread only.
class Alarm {
 public:
  using Time = EventLoop::Clock::time_point;

  /// `loop` outlives the alarm. The loop calls `ring` whenever a set time is reached; `ring` may set another time.
  Alarm(EventLoop& loop, std::function<void()> ring) : loop_(loop), ring_(std::move(ring)) {}
  ~Alarm() { cancel(); }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  /// Sets the alarm to `when`, or keeps the time already set if that is earlier. Never calls `ring` inside this call.
  void set_at(Time when) {
    if (timer_ != 0 && due_ <= when) return;
    cancel();
    due_ = when;
    timer_ = loop_.add_timer(std::max(when - loop_.now(), EventLoop::Clock::duration{}), [this] {
      timer_ = 0;
      ring_();
    });
  }
  void set_after(EventLoop::Clock::duration delay) { set_at(loop_.now() + delay); }
  void cancel() {
    if (timer_ != 0) loop_.cancel_timer(std::exchange(timer_, 0));
  }

 private:
  EventLoop& loop_;
  const std::function<void()> ring_;
  EventLoop::TimerId timer_ = 0;  // 0: no time is set
  Time due_{};
};

}  // namespace rimfs::reactor
