// SPDX-License-Identifier: MIT
#pragma once

#include <pthread.h>

#include <atomic>
#include <csignal>

#include "base/joining_thread.h"

struct fuse_session;

namespace rimfs::fs {

/// Makes every signal that would end the process end the session instead, so that no signal but SIGKILL leaves a mount
/// without a server: SIGTERM, SIGINT, SIGHUP, SIGQUIT, timers, real-time signals. SIGPIPE, SIGXFSZ, SIGUSR1 and SIGUSR2
/// are ignored: a write then fails by itself. What the process was started with as ignored (nohup) stays ignored.
///
/// Made and destroyed on the thread that runs the session; other threads must block all signals. A thread waits for the
/// signals instead of a handler: the end is announced again until the session's loop has seen it, because a signal
/// between the loop's look at its flag and its sleep would be lost otherwise.
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
  sigset_t ends_{};         // the signals that end it
  sigset_t before_{};
  struct sigaction wake_before_ {};
  std::atomic<bool> over_{false};
  JoiningThread watcher_;
};

}  // namespace rimfs::fs
