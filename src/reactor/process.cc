// SPDX-License-Identifier: MIT
#include "reactor/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "base/error.h"
#include "reactor/check.h"

namespace rimfs::reactor {
namespace {

constexpr std::size_t kLongestOutput = 65536;

/// The reading and the writing end.
std::pair<int, int> make_pipe() {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) throw system_error("making a pipe", errno);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {ends[0], ends[1]};
}

void close_if_open(int& fd) {
  if (fd >= 0) ::close(std::exchange(fd, -1));
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Runs the command with these as its outputs; a value of errno.
int spawn(pid_t& pid, const std::string& command, const std::vector<std::string>& variables, int output, int errors) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::vector<std::string> words{"sh", "-c", command};
  std::vector<std::string> environment = variables;
  for (char** variable = environ; *variable; ++variable) environment.emplace_back(*variable);
  const int problem =
      posix_spawn(&pid, "/bin/sh", &files, &attributes, pointers_to(words).data(), pointers_to(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  return problem;
}

}  // namespace

Process::Process(EventLoop& loop, const std::string& command, const std::vector<std::string>& variables)
    : loop_(loop), exited_signal_(loop) {
  auto [output, output_end] = make_pipe();
  auto [errors, errors_end] = make_pipe();
  output_ = output;
  errors_ = errors;
  const int problem = spawn(pid_, command, variables, output_end, errors_end);
  ::close(output_end);
  ::close(errors_end);
  if (problem == 0) pid_descriptor_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  if (problem != 0 || pid_descriptor_ < 0) {
    const int number = problem != 0 ? problem : errno;
    close_if_open(output_);
    close_if_open(errors_);
    throw system_error("starting a script", number);
  }
  loop_.watch(output_, EPOLLIN, [this](std::uint32_t) { on_output(output_, end_.output); });
  loop_.watch(errors_, EPOLLIN, [this](std::uint32_t) { on_output(errors_, end_.errors); });
  loop_.watch(pid_descriptor_, EPOLLIN, [this](std::uint32_t) { on_exit(); });
}

Process::~Process() {
  require(exited_, "a process is destroyed after its end");
  close_if_open(output_);
  close_if_open(errors_);
  close_if_open(pid_descriptor_);
}

void Process::on_output(int fd, std::string& text) {
  std::array<char, 4096> bytes{};
  for (;;) {
    const ssize_t n = ::read(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return;  // no more now
    if (n == 0) return loop_.unwatch(fd);
    text.append(bytes.data(), std::min(static_cast<std::size_t>(n), kLongestOutput - text.size()));
  }
}

/// The process may have left children that hold the pipes: what is in them now is all there is.
void Process::on_exit() {
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return;
  on_output(output_, end_.output);
  on_output(errors_, end_.errors);
  for (const int fd : {output_, errors_, pid_descriptor_}) loop_.unwatch(fd);
  end_.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  exited_ = true;
  exited_signal_.notify_all();
}

void Process::kill() {
  if (!exited_) ::kill(-pid_, SIGKILL);
}

Task<Process::End> Process::ended(std::chrono::seconds limit) {
  const EventLoop::TimerId timer = loop_.add_timer(limit, [this] { kill(); });
  while (!exited_) {
    auto end = exited_signal_.wait();
    co_await end;
  }
  loop_.cancel_timer(timer);
  co_return std::move(end_);
}

}  // namespace rimfs::reactor
