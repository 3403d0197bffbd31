// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>

#include "base/joining_thread.h"
#include "base/thread_safety.h"
#include "reactor/event_loop.h"
#include "reactor/task.h"
#include "reactor/task_scope.h"

namespace rimfs::reactor {

/// The thread that runs an event loop, with every signal blocked. The program's main thread makes and destroys it. The
/// destructor stops the loop and joins the thread.
class ReactorThread {
 public:
  /// `loop` outlives the thread. Throws Error{system} when the system cannot start a thread.
  explicit ReactorThread(EventLoop& loop);
  ~ReactorThread();
  ReactorThread(const ReactorThread&) = delete;
  ReactorThread& operator=(const ReactorThread&) = delete;

  /// Runs the task that `make` returns on the reactor and waits for its end; rethrows its exception. Must not be called
  /// from the reactor or a FUSE worker.
  void run(const std::function<Task<>()>& make);

 private:
  /// The end of a task that a thread waits for.
  struct End {
    Mutex mutex;
    std::condition_variable_any changed;
    bool reached RIMFS_GUARDED_BY(mutex) = false;
    std::exception_ptr failure RIMFS_GUARDED_BY(mutex);
  };
  static Task<> report(Task<> task, End& end);

  EventLoop& loop_;
  TaskScope tasks_;
  JoiningThread thread_;  // last: it is joined while the tasks still exist
};

}  // namespace rimfs::reactor
