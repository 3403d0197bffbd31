// SPDX-License-Identifier: MIT
#include "reactor/process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "base/child_process.h"
#include "base/error.h"
#include "reactor/check.h"
#include "reactor/script_supervisor.h"

namespace rimfs::reactor {
namespace {

/// The number of reads in one step of the loop. The limit prevents a script with endless output from blocking the loop.
constexpr int kPiecesAStep = 16;
constexpr std::size_t kPiece = 4096;

/// A supervisor that has not killed its descendants by then is killed itself. It gives up by itself after five seconds.
constexpr std::chrono::seconds kLastResort{10};

/// The status of a process whose status is lost. It is a failure, because the output may be incomplete.
constexpr int kLostStatus = 255;

/// Makes a pipe whose reading end does not block.
Pipe make_output_pipe() {
  Pipe pipe = make_pipe("making a pipe");
  fcntl(pipe.reading.get(), F_SETFL, O_NONBLOCK);
  return pipe;
}

std::vector<char*> pointers_to(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// The inherited environment, with `variables` in place of those of the same name.
std::vector<std::string> environment_with(std::vector<std::string> variables) {
  const std::size_t count = variables.size();
  for (char** one = environ; *one; ++one) {
    const std::string_view variable = *one;
    const std::string_view name = variable.substr(0, variable.find('=') + 1);
    const bool replaced = std::any_of(variables.begin(), variables.begin() + static_cast<std::ptrdiff_t>(count),
                                      [&](const std::string& ours) { return ours.starts_with(name); });
    if (!replaced) variables.emplace_back(variable);
  }
  return variables;
}

/// Appends available data of the pipe to `text`, up to the limit for one step. Returns false at the end of the data.
bool read_some(int fd, std::string& text) {
  std::array<char, kPiece> bytes{};
  for (int piece = 0; piece < kPiecesAStep; ++piece) {
    const ssize_t n = ::read(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return n < 0;  // no data now, or end of file
    text.append(bytes.data(), static_cast<std::size_t>(n));
  }
  return true;
}

/// Owns the parameters of posix_spawn.
struct SpawnOrders {
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
  SpawnOrders() {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
  }
  ~SpawnOrders() {
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
  }
  SpawnOrders(const SpawnOrders&) = delete;
  SpawnOrders& operator=(const SpawnOrders&) = delete;
};

/// Starts the command with these descriptors as its outputs. Returns a value of errno.
int spawn(pid_t& pid, const std::string& command, const std::vector<std::string>& variables, const std::string& folder,
          int output, int errors) {
  SpawnOrders orders;
  posix_spawn_file_actions_addopen(&orders.files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&orders.files, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&orders.files, errors, STDERR_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&orders.files, STDERR_FILENO + 1);  // above all libcurl's sockets
  if (!folder.empty()) posix_spawn_file_actions_addchdir_np(&orders.files, folder.c_str());
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&orders.attributes, &none);
  posix_spawnattr_setsigdefault(&orders.attributes, &all);
  posix_spawnattr_setflags(&orders.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
  std::vector<std::string> words = supervisor_arguments();
  std::vector<std::string> environment = variables;
  environment.push_back(supervisor_variable(command));
  environment = environment_with(std::move(environment));
  return posix_spawn(&pid, "/proc/self/exe", &orders.files, &orders.attributes, pointers_to(words).data(),
                     pointers_to(environment).data());
}

}  // namespace

Process::Process(EventLoop& loop, const std::string& command, const std::vector<std::string>& variables,
                 const std::string& folder)
    : loop_(loop), exited_signal_(loop) {
  Pipe output = make_output_pipe();
  Pipe errors = make_output_pipe();
  int problem = spawn(pid_, command, variables, folder, output.writing.get(), errors.writing.get());
  if (problem == 0) {
    pid_descriptor_ = open_process(pid_);
    if (!pid_descriptor_.is_open()) problem = errno;
  }
  if (problem != 0) {
    throw system_error("starting a script" + (folder.empty() ? std::string() : " in " + folder), problem);
  }
  output_ = std::move(output.reading);
  errors_ = std::move(errors.reading);
  loop_.watch(output_.get(), EPOLLIN, [this](std::uint32_t) { on_output(); });
  loop_.watch(errors_.get(), EPOLLIN, [this](std::uint32_t) { on_errors(); });
  loop_.watch(pid_descriptor_.get(), EPOLLIN, [this](std::uint32_t) { on_exit(); });
}

Process::~Process() { require(exited_, "a process is destroyed after its end"); }

void Process::on_output() {
  if (!read_some(output_.get(), end_.output)) loop_.unwatch(output_.get());
  if (end_.output.size() <= kLongestOutput) return;
  end_.output.clear();
  stop(Reason::too_much);
}

void Process::on_errors() {
  const std::size_t before = end_.errors.size();
  if (!read_some(errors_.get(), end_.errors)) loop_.unwatch(errors_.get());
  error_bytes_ += end_.errors.size() - before;
  if (end_.errors.size() > kKeptErrors) end_.errors.erase(0, end_.errors.size() - kKeptErrors);
  if (error_bytes_ > kLongestErrors) stop(Reason::too_much);
}

/// Children of the process may still hold the pipes, so only the data that is in them now is read. ECHILD: while
/// SIGCHLD is ignored, the kernel discards an ended process together with its status (waitpid(2)).
void Process::on_exit() {
  int status = 0;
  const pid_t reaped = waitpid(pid_, &status, WNOHANG);
  const bool lost = reaped < 0 && errno == ECHILD;
  if (reaped != pid_ && !lost) return;
  exited_ = true;  // the kernel may reuse its number from now on
  if (output_.is_open()) on_output();
  if (errors_.is_open()) on_errors();
  close_outputs();
  loop_.unwatch(pid_descriptor_.get());
  end_.status = lost ? kLostStatus : shell_status(status);
  exited_signal_.notify_all();
}

void Process::kill() {
  if (!exited_) stop(Reason::cancelled);
}

void Process::close_outputs() {
  for (Descriptor* const pipe : {&output_, &errors_}) {
    if (!pipe->is_open()) continue;
    loop_.unwatch(pipe->get());
    pipe->reset();
  }
}

/// The pipes are closed at once: a process that continues to print receives SIGPIPE and costs nothing. They are closed
/// after the signal is sent. Otherwise the script could end by SIGPIPE first, and its supervisor would treat that as a
/// normal end.
void Process::stop(Reason reason) {
  if (end_.reason != Reason::itself) return;
  end_.reason = reason;
  if (!exited_) ::kill(pid_, SIGTERM);
  close_outputs();
  if (exited_) return;
  last_resort_ = loop_.add_timer(kLastResort, [this] {
    if (!exited_) ::kill(-pid_, SIGKILL);
  });
}

Task<Process::End> Process::ended(std::chrono::seconds limit) {
  const EventLoop::TimerId timer = loop_.add_timer(limit, [this] {
    if (!exited_) stop(Reason::too_long);
  });
  while (!exited_) {
    auto end = exited_signal_.wait();
    co_await end;
  }
  loop_.cancel_timer(timer);
  if (last_resort_) loop_.cancel_timer(*last_resort_);
  co_return std::move(end_);
}

}  // namespace rimfs::reactor
