// SPDX-License-Identifier: MIT
#include "base/quiet_thread.h"

#include <pthread.h>

#include <csignal>
#include <utility>

namespace rimfs {

namespace {

/// No signal comes to this thread, nor to one that it starts, while it lives.
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

}  // namespace

std::thread quiet_thread(std::function<void()> body) {
  const SignalsBlocked blocked;  // also when there is no thread to be had
  return std::thread(std::move(body));
}

}  // namespace rimfs
