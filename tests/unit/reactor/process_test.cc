// SPDX-License-Identifier: MIT
#include "reactor/process.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <chrono>

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

TEST_CASE("the end of a command is told as the shell counts it") {
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

TEST_CASE("both outputs are kept, apart") {
  const Process::End end = run("echo out; echo err >&2; echo more");
  CHECK(end.output == "out\nmore\n");
  CHECK(end.errors == "err\n");
}

TEST_CASE("of a long output the first 64 KiB are kept, and the command does not hang in a full pipe") {
  const Process::End end = run("head -c 1000000 /dev/zero; echo done >&2");
  CHECK(end.status == 0);
  CHECK(end.output.size() == 64 * 1024);
  CHECK(end.errors == "done\n");
}

TEST_CASE("its variables come before ours, and it reads nothing") {
  CHECK(run("printf '%s' \"$COLOUR\"; cat", {"COLOUR=dark blue"}).output == "dark blue");
}

TEST_CASE("a command that takes too long is killed with its children") {
  const auto begin = Clock::now();
  const Process::End end = run("echo begun; sleep 50 & sleep 50", {}, 1s);
  CHECK(end.status == 128 + 9);
  CHECK(end.output == "begun\n");
  CHECK(Clock::now() - begin < 20s);
}

TEST_CASE("a child in the background that holds the pipe does not hold up the end") {
  const auto begin = Clock::now();
  const Process::End end = run("sleep 3 & echo kept");
  CHECK(end.status == 0);
  CHECK(end.output == "kept\n");
  CHECK(Clock::now() - begin < 3s);
}

TEST_CASE("many commands at once each tell their own") {
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
