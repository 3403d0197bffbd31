// SPDX-License-Identifier: MIT
#pragma once

#include <pthread.h>

#include <atomic>
#include <csignal>

#include "base/joining_thread.h"

struct fuse_session;

namespace rimfs::fs {

/// Makes every signal that would end the process end the session instead, so that only SIGKILL leaves a mount without a
/// server: SIGTERM, SIGINT, SIGHUP, SIGQUIT, timers, real-time signals. SIGPIPE, SIGXFSZ, SIGUSR1 and SIGUSR2 are
/// ignored, so that a write fails with an error. Signals that were ignored at the start of the process (nohup) stay
/// ignored.
///
/// Made and destroyed on the thread that runs the session; other threads must block all signals. A thread waits for the
/// signals instead of a handler. It repeats the wake-up until the session's loop has seen the end: a signal that
/// arrives after the loop has checked its flag and before it sleeps would otherwise be lost.
class EndSignals {
 public:
  /// `session` outlives it.
  explicit EndSignals(fuse_session* session);
  ~EndSignals();
  EndSignals(const EndSignals&) = delete;
  EndSignals& operator=(const EndSignals&) = delete;

 private:
  void watch();

  fuse_session* const session_;
  const pthread_t runner_;  // the thread that runs the session
  sigset_t ends_{};         // the signals that end the session
  sigset_t before_{};
  struct sigaction wake_before_ {};
  std::atomic<bool> over_{false};
  JoiningThread watcher_;
};

}  // namespace rimfs::fs
