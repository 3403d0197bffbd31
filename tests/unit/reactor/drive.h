// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include "reactor/event_loop.h"
#include "reactor/task.h"
#include "reactor/task_scope.h"

namespace rimfs::reactor {

inline Task<> stop_after(EventLoop& loop, Task<> task) {
  Task<> inner = std::move(task);
  co_await std::move(inner);
  loop.stop();
}

/// Runs `task` on `loop`, on this thread, until it has ended.
inline void drive(EventLoop& loop, Task<> task) {
  TaskScope scope;
  scope.spawn(stop_after(loop, std::move(task)));
  loop.run();
}

}  // namespace rimfs::reactor
