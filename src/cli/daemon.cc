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

/// Those with which users, shells and supervisors end a command.
constexpr std::array kEndSignals = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};

/// What the handler needs; set before it can run.
volatile pid_t awaited_child = 0;
volatile std::sig_atomic_t ended_by = 0;

/// The caller means the mount, and knows this process only.
void pass_on(int number) {
  const int problem = errno;
  ended_by = number;
  ::kill(awaited_child, number);
  errno = problem;
}

/// Blocks the signals while it lives, so that none comes before it is known what to do with it.
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

/// What is ignored (nohup) stays so.
void pass_signals_to(pid_t child) {
  awaited_child = child;
  for (const int number : kEndSignals) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) continue;
    action.sa_handler = pass_on;
    ::sigaction(number, &action, nullptr);
  }
}

/// Ends as a process does that leaves the signal alone.
[[noreturn]] void end_by(int number) {
  std::signal(number, SIG_DFL);
  ::raise(number);
  ::_exit(1);
}

/// In the parent: waits for the word "ready" or the child's end. Does not return.
[[noreturn]] void follow(pid_t child, int pipe) {
  char word = 0;
  ssize_t n = 0;
  do n = ::read(pipe, &word, 1);
  while (n < 0 && errno == EINTR);
  // _exit: what stands in stdio's buffers belongs to the child, too, and would be written twice.
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
  if (null.get() <= STDERR_FILENO) static_cast<void>(null.release());  // it is one of them
  // A parent that was killed meanwhile is no reason to end: no SIGPIPE for this one byte.
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  [[maybe_unused]] const ssize_t n = ::write(pipe_.get(), &kReady, 1);
  std::signal(SIGPIPE, before);
  pipe_.reset();
}

}  // namespace rimfs::cli
