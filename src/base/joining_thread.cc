// SPDX-License-Identifier: MIT
#include "base/joining_thread.h"

#include <pthread.h>

#include <csignal>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace rimfs {
namespace {

/// Blocks all signals in the calling thread, and in threads that it starts, for the lifetime of the object.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

std::thread start(std::function<void()> body) {
  const SignalsBlocked blocked;
  try {
    return std::thread(std::move(body));
  } catch (const std::system_error& problem) {
    throw system_error("starting a thread", problem.code().value());
  }
}

}  // namespace

JoiningThread::JoiningThread(std::function<void()> body) : thread_(start(std::move(body))) {}

JoiningThread& JoiningThread::operator=(JoiningThread&& other) noexcept {
  join();
  thread_ = std::move(other.thread_);
  return *this;
}

void JoiningThread::join() {
  if (thread_.joinable()) thread_.join();
}

void JoiningThread::send_signal(int number) { pthread_kill(thread_.native_handle(), number); }

ThreadGroup::ThreadGroup(unsigned count, const std::function<void()>& body, std::function<void()> stop)
    : stop_(std::move(stop)) {
  threads_.reserve(count);
  try {
    for (unsigned i = 0; i < count; ++i) threads_.emplace_back(body);
  } catch (...) {
    end();
    throw;
  }
}

void ThreadGroup::end() {
  stop_();
  threads_.clear();  // joins them
}

}  // namespace rimfs
