// SPDX-License-Identifier: MIT
#include "reactor/reactor_thread.h"

namespace rimfs::reactor {

ReactorThread::ReactorThread(EventLoop& loop) : loop_(loop), thread_([this] { loop_.run(); }) {}

ReactorThread::~ReactorThread() { loop_.stop(); }

void ReactorThread::run(const std::function<Task<>()>& make) {
  End end;
  loop_.post([this, &make, &end] { tasks_.spawn(report(make(), end)); });
  std::exception_ptr failure;
  {
    const MutexLock lock(end.mutex);
    while (!end.reached) end.changed.wait(end.mutex);
    failure = std::move(end.failure);
  }
  if (failure) std::rethrow_exception(std::move(failure));
}

/// Transfers the exception. After the notification only the waiting thread refers to it.
Task<> ReactorThread::report(Task<> task, End& end) {
  std::exception_ptr failure;
  try {
    Task<> running = std::move(task);  // it holds the exception until it is destroyed
    co_await std::move(running);
  } catch (...) {
    failure = std::current_exception();
  }
  const MutexLock lock(end.mutex);
  end.failure = std::move(failure);
  end.reached = true;
  end.changed.notify_all();
}

}  // namespace rimfs::reactor
