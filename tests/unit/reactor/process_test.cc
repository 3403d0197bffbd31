// SPDX-License-Identifier: MIT
#include "reactor/process.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <sstream>

#include "base/error.h"
#include "base/small_file.h"
#include "drive.h"

namespace rimfs::reactor {
namespace {

Task<> all_ended(TaskScope& scope) { co_await scope.joined(); }

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

Task<> take_end(Process& process, std::chrono::seconds limit, Process::End& end) {
  end = co_await process.ended(limit);
}

Process::End run(const std::string& command, const std::vector<std::string>& variables = {},
                 std::chrono::seconds limit = 20s) {
  EventLoop loop;
  Process process(loop, command, variables);
  Process::End end;
  drive(loop, take_end(process, limit, end));
  return end;
}

TEST_CASE("the status of a command follows the shell's convention") {
  struct Row {
    const char* command;
    int status;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"true", 0}, {"exit 7", 7}, {"kill -TERM $$", 128 + 15}, {"no-such-command", 127}, {"exit 255", 255}}) {
    CAPTURE(row.command);
    CHECK(run(row.command).status == row.status);
  }
}

TEST_CASE("standard output and standard error are kept separately") {
  const Process::End end = run("echo out; echo err >&2; echo more");
  CHECK(end.output == "out\nmore\n");
  CHECK(end.errors == "err\n");
}

TEST_CASE("a command that prints more than allowed is ended at once") {
  const auto begin = Clock::now();
  const Process::End end = run("yes", {}, 300s);
  CHECK(end.reason == Process::Reason::too_much);
  CHECK(end.output.empty());
  CHECK(Clock::now() - begin < 60s);
  CHECK(run("head -c 65536 /dev/zero").output.size() == 65536);
  CHECK(run("head -c 65537 /dev/zero").reason == Process::Reason::too_much);
  CHECK(run("yes >&2", {}, 300s).reason == Process::Reason::too_much);
}

TEST_CASE("only the last lines of a long standard error are kept") {
  const Process::End end = run("yes | head -c 500000 >&2; echo last >&2; echo out");
  CHECK(end.reason == Process::Reason::itself);
  CHECK(end.output == "out\n");
  CHECK(end.errors.size() == Process::kKeptErrors);
  CHECK(end.errors.ends_with("y\nlast\n"));
}

/// Whether one of these processes lives; they wrote their numbers into the file, one a line.
bool any_lives(const std::string& file) {
  std::istringstream pids(read_small_file(file).value_or(""));
  for (int pid = 0; pids >> pid;) {
    const std::string stat = read_small_file(fmt::format("/proc/{}/stat", pid)).value_or("");
    if (stat.find(") ") != std::string::npos && stat[stat.rfind(") ") + 2] != 'Z') return true;
  }
  return false;
}

TEST_CASE("no descendant of a killed command survives, not even one in a session of its own") {
  const std::string file = fmt::format("/tmp/rimfs-process-test-{}", ::getpid());
  const std::string note = fmt::format("echo $$ >>{}", file);
  const std::string sleeper = fmt::format("sh -c '{}; exec sleep 300'", note);
  const std::string command = fmt::format("{} & (setsid {} & setsid setsid {} &) ; trap '' TERM; {}; sleep 0.5; yes",
                                          sleeper, sleeper, sleeper, note);
  const Process::End end = run(command, {}, 300s);
  CHECK(end.reason == Process::Reason::too_much);
  std::istringstream pids(read_small_file(file).value_or(""));
  int count = 0;
  for (int pid = 0; pids >> pid;) ++count;
  CHECK(count == 4);
  CHECK_FALSE(any_lives(file));
  ::unlink(file.c_str());
}

TEST_CASE("background processes of a command end with it, except those in a session of their own") {
  const std::string file = fmt::format("/tmp/rimfs-process-test-{}", ::getpid());
  CHECK(run(fmt::format("sleep 300 & echo $! >{}; echo out", file)).output == "out\n");
  for (int i = 0; i < 2000 && any_lives(file); ++i) ::usleep(10'000);
  CHECK_FALSE(any_lives(file));
  ::unlink(file.c_str());
}

TEST_CASE("a command runs in its folder, inherits no descriptor, and is not shown in the arguments") {
  const int inherited = ::open("/", O_RDONLY);  // without O_CLOEXEC, as libcurl's sockets are
  const Process::End end = run("pwd; echo /proc/self/fd/*; tr '\\0' ' ' </proc/$$/cmdline; echo \"$RIMFS_SCRIPT\"", {});
  CHECK(end.output.find(fmt::format("/fd/{} ", inherited)) == std::string::npos);
  CHECK(end.output.find("pwd") == std::string::npos);
  ::close(inherited);
  EventLoop loop;
  Process process(loop, "pwd", {}, "/usr");
  Process::End there;
  drive(loop, take_end(process, 20s, there));
  CHECK(there.output == "/usr\n");
  CHECK_THROWS_AS(Process(loop, "true", {}, "/nonexistent"), Error);
}

TEST_CASE("the given variables replace inherited ones, and standard input is empty") {
  CHECK(run("printf '%s' \"$COLOUR\"; cat", {"COLOUR=dark blue"}).output == "dark blue");
  CHECK(run("printf '%s' \"$HOME\"", {"HOME=elsewhere"}).output == "elsewhere");
}

TEST_CASE("a command that takes too long is killed with its children") {
  const auto begin = Clock::now();
  const Process::End end = run("echo begun; sleep 50 & sleep 50", {}, 1s);
  CHECK(end.reason == Process::Reason::too_long);
  CHECK(end.status == 128 + 9);
  CHECK(end.output == "begun\n");
  CHECK(Clock::now() - begin < 20s);
}

TEST_CASE("a background child that holds the pipe does not delay the end") {
  const auto begin = Clock::now();
  const Process::End end = run("sleep 3 & echo kept");
  CHECK(end.status == 0);
  CHECK(end.output == "kept\n");
  CHECK(Clock::now() - begin < 3s);
}

TEST_CASE("a script that stops itself fails at once") {
  const auto begin = Clock::now();
  const Process::End end = run("echo begun; kill -STOP $$; echo ended", {}, 300s);
  CHECK(end.reason == Process::Reason::itself);
  CHECK(end.status == 128 + SIGSTOP);
  CHECK(end.output == "begun\n");
  CHECK(Clock::now() - begin < 60s);
}

/// Ignores SIGCHLD while it lives.
class SigchldIgnored {
 public:
  SigchldIgnored() : before_(std::signal(SIGCHLD, SIG_IGN)) {}
  ~SigchldIgnored() { std::signal(SIGCHLD, before_); }
  SigchldIgnored(const SigchldIgnored&) = delete;
  SigchldIgnored& operator=(const SigchldIgnored&) = delete;

 private:
  void (*const before_)(int);
};

// waitpid(2): "If a process sets SIGCHLD to SIG_IGN, ... waitpid() will fail with errno set to ECHILD".
TEST_CASE("a command whose status the kernel discards counts as failed") {
  const SigchldIgnored ignored;
  const Process::End end = run("echo all");
  CHECK(end.status == 255);
  CHECK(end.output == "all\n");
}

TEST_CASE("concurrent commands return their own results") {
  EventLoop loop;
  std::vector<std::unique_ptr<Process>> processes;
  std::vector<Process::End> ends(20);
  TaskScope scope;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const std::string command = fmt::format("echo {0}; exit {0}", i);
    processes.push_back(std::make_unique<Process>(loop, command, std::vector<std::string>{}));
    scope.spawn(take_end(*processes.back(), 20s, ends[i]));
  }
  drive(loop, all_ended(scope));
  for (std::size_t i = 0; i < ends.size(); ++i) {
    CHECK(ends[i].status == static_cast<int>(i));
    CHECK(ends[i].output == std::to_string(i) + "\n");
  }
}

}  // namespace
}  // namespace rimfs::reactor
