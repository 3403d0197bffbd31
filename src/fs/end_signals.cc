// SPDX-License-Identifier: MIT
#include "fs/end_signals.h"

#include "fs/fuse.h"

#include <cerrno>
#include <ctime>

namespace rimfs::fs {
namespace {

/// Wakes the runner from libfuse's waits, and the watcher at the end. Its default action is to ignore it, so no process
/// uses it to end this one.
constexpr int kWake = SIGURG;

/// How often the signal is repeated to a runner that has not seen the end yet.
constexpr timespec kAgain{0, 50'000'000};

bool has_default_action(int number) {
  struct sigaction action {};
  return sigaction(number, nullptr, &action) == 0 && (action.sa_flags & SA_SIGINFO) == 0 &&
         action.sa_handler == SIG_DFL;
}

/// The signals whose default action ends a process, without those of a fault in the program (SIGSEGV and the like).
sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number :
       {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGIO, SIGPWR, SIGSTKFLT}) {
    if (has_default_action(number)) sigaddset(&set, number);
  }
  for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) {
    if (has_default_action(number)) sigaddset(&set, number);
  }
  return set;
}

}  // namespace

EndSignals::EndSignals(fuse_session* session) : session_(session), runner_(pthread_self()), ends_(ending_signals()) {
  for (const int number : {SIGPIPE, SIGXFSZ, SIGUSR1, SIGUSR2}) {
    if (has_default_action(number)) std::signal(number, SIG_IGN);
  }
  struct sigaction wake {};
  wake.sa_handler = [](int) {};  // without SA_RESTART: the signal must end the wait
  sigaction(kWake, &wake, &wake_before_);
  pthread_sigmask(SIG_BLOCK, &ends_, &before_);
  sigset_t awake;
  sigemptyset(&awake);
  sigaddset(&awake, kWake);
  pthread_sigmask(SIG_UNBLOCK, &awake, nullptr);
  watcher_ = JoiningThread([this] { watch(); });
}

EndSignals::~EndSignals() {
  over_ = true;
  watcher_.send_signal(kWake);
  watcher_.join();
  sigaction(kWake, &wake_before_, nullptr);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void EndSignals::watch() {
  sigset_t all = ends_;
  sigaddset(&all, kWake);
  while (!over_) {
    const int number = sigwaitinfo(&all, nullptr);
    if (number > 0 && number != kWake) break;
  }
  while (!over_) {
    fuse_session_exit(session_);
    pthread_kill(runner_, kWake);
    sigset_t wake;
    sigemptyset(&wake);
    sigaddset(&wake, kWake);
    sigtimedwait(&wake, nullptr, &kAgain);
  }
}

}  // namespace rimfs::fs
