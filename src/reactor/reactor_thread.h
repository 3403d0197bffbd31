// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <functional>
#include <future>
#include <thread>

#include "reactor/event_loop.h"
#include "reactor/task.h"
#include "reactor/task_scope.h"

namespace rimfs::reactor {

/// The thread that runs an event loop, with every signal blocked. Made and destroyed by the program's main thread;
/// the destructor stops the loop and joins.
class ReactorThread {
 public:
  /// `loop` outlives the thread.
  explicit ReactorThread(EventLoop& loop);
  ~ReactorThread();
  ReactorThread(const ReactorThread&) = delete;
  ReactorThread& operator=(const ReactorThread&) = delete;

  /// Runs the task that `make` returns on the reactor and waits for its end; rethrows what it throws. Never from
  /// the reactor or a FUSE worker.
  void run(const std::function<Task<>()>& make);

 private:
  static Task<> report(Task<> task, std::promise<void>& done);

  EventLoop& loop_;
  TaskScope tasks_;
  std::thread thread_;
};

}  // namespace rimfs::reactor
