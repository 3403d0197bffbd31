// SPDX-License-Identifier: MIT
#include "reactor/reactor_thread.h"

#include <csignal>

namespace rimfs::reactor {

ReactorThread::ReactorThread(EventLoop& loop) : loop_(loop) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { loop_.run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

ReactorThread::~ReactorThread() {
  loop_.stop();
  thread_.join();
}

void ReactorThread::run(const std::function<Task<>()>& make) {
  std::promise<void> done;
  std::future<void> end = done.get_future();
  loop_.post([this, &make, &done] { tasks_.spawn(report(make(), done)); });
  end.get();
}

Task<> ReactorThread::report(Task<> task, std::promise<void>& done) {
  std::exception_ptr failure;
  try {
    co_await std::move(task);
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    done.set_exception(failure);
  } else {
    done.set_value();
  }
}

}  // namespace rimfs::reactor
