// SPDX-License-Identifier: MIT
#include "cli/daemon.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <utility>

#include "base/child_process.h"
#include "base/error.h"

namespace rimfs::cli {
namespace {

constexpr char kReady = 'r';

/// The signals with which users, shells and supervisors end a command.
constexpr std::array kEndSignals = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};

/// The state of the signal handler; set before it can run.
volatile pid_t awaited_child = 0;
volatile std::sig_atomic_t ended_by = 0;

/// Passes a signal on to the mount: the sender means the mount, but has only the id of this process.
void pass_on(int number) {
  const int problem = errno;
  ended_by = number;
  ::kill(awaited_child, number);
  errno = problem;
}

/// Blocks the signals during its life, so that none arrives before its handler is set.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : kEndSignals) sigaddset(&set, number);
    sigprocmask(SIG_BLOCK, &set, &before_);
  }
  ~SignalsHeld() { release(); }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

  void release() { sigprocmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

/// Signals that are ignored (nohup) stay ignored.
void pass_signals_to(pid_t child) {
  awaited_child = child;
  for (const int number : kEndSignals) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) continue;
    action.sa_handler = pass_on;
    ::sigaction(number, &action, nullptr);
  }
}

/// Ends this process with the signal's default action.
[[noreturn]] void end_by(int number) {
  std::signal(number, SIG_DFL);
  ::raise(number);
  ::_exit(1);
}

/// Runs in the parent: waits until the child is ready or has ended. Does not return.
[[noreturn]] void follow(pid_t child, int pipe) {
  char word = 0;
  ssize_t n = 0;
  do n = ::read(pipe, &word, 1);
  while (n < 0 && errno == EINTR);
  // _exit, because the child also has the contents of stdio's buffers, and they would be written twice.
  if (n == 1 && word == kReady && ended_by == 0) ::_exit(0);
  const std::optional<int> ended = wait_for_child(child);
  if (!ended) ::_exit(1);
  const int status = *ended;
  if (ended_by != 0) end_by(ended_by);
  if (WIFEXITED(status)) ::_exit(WEXITSTATUS(status) == 0 ? 1 : WEXITSTATUS(status));
  if (WIFSIGNALED(status))
    ::dprintf(STDERR_FILENO, "rimfs: ended by signal %d before it was ready\n", WTERMSIG(status));
  ::_exit(1);
}

}  // namespace

Daemon::Daemon(bool foreground) {
  if (foreground) return;
  Pipe pipe = make_pipe("cannot go into the background");
  std::fflush(nullptr);
  SignalsHeld held;
  const pid_t child = ::fork();
  if (child < 0) throw system_error("cannot go into the background", errno);
  if (child > 0) {
    pipe.writing.reset();
    pass_signals_to(child);
    held.release();
    follow(child, pipe.reading.get());
  }
  pipe_ = std::move(pipe.writing);
}

void Daemon::ready() {
  ready_ = true;
  if (!pipe_.is_open()) return;
  ::setsid();
  if (::chdir("/") != 0) throw system_error("cannot go to /", errno);
  Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null.is_open()) throw system_error("/dev/null", errno);
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(null.get(), fd);
  if (null.get() <= STDERR_FILENO) static_cast<void>(null.release());  // it is one of the three
  // No SIGPIPE for this one byte: a parent that was killed meanwhile must not end the mount.
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  [[maybe_unused]] const ssize_t n = ::write(pipe_.get(), &kReady, 1);
  std::signal(SIGPIPE, before);
  pipe_.reset();
}

}  // namespace rimfs::cli
