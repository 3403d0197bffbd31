// SPDX-License-Identifier: MIT
#include "fs/caller.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <string>
#include <vector>

#include "base/log.h"

using rimfs::fs::is_ending;
using rimfs::fs::wants_to_end;

namespace {

std::uint64_t mask(const std::vector<int>& signals) {
  std::uint64_t bits = 0;
  for (const int number : signals) bits |= std::uint64_t{1} << (number - 1);
  return bits;
}

/// The masks of a thread, as /proc shows them.
struct Masks {
  std::vector<int> to_thread = {};
  std::vector<int> to_process = {};
  std::vector<int> blocked = {};
  std::vector<int> ignored = {};
  std::vector<int> caught = {};
};

std::string status(const Masks& masks) {
  return fmt::format(
      "Name:\tqemu-img\nSigQ:\t0/95928\nSigPnd:\t{:016x}\nShdPnd:\t{:016x}\nSigBlk:\t{:016x}\nSigIgn:\t{:016x}\n"
      "SigCgt:\t{:016x}\nCapInh:\tffffffffffffffff\n",
      mask(masks.to_thread), mask(masks.to_process), mask(masks.blocked), mask(masks.ignored), mask(masks.caught));
}

}  // namespace

TEST_CASE("only a signal that would end the caller ends its request") {
  struct Row {
    const char* what;
    Masks masks;
    bool ends;
  };
  const Row rows[] = {
      {"no signal: the kernel's own work, such as io_uring's", {}, false},
      {"killed", {.to_thread = {SIGKILL}}, true},
      {"killed with all else blocked", {.to_process = {SIGKILL}, .blocked = {SIGKILL}}, true},
      {"a signal that kills who does not catch it", {.to_process = {SIGUSR1}}, true},
      {"a question for progress", {.to_process = {SIGUSR1}, .caught = {SIGUSR1}}, false},
      {"a timer", {.to_thread = {SIGALRM}, .caught = {SIGALRM}}, false},
      {"a child's end", {.to_process = {SIGCHLD}}, false},
      {"the window's size", {.to_process = {SIGWINCH}, .caught = {SIGWINCH}}, false},
      {"stopped from the terminal", {.to_process = {SIGTSTP}}, false},
      {"Ctrl-C", {.to_process = {SIGINT}}, true},
      {"Ctrl-C, caught to clean up", {.to_process = {SIGINT}, .caught = {SIGINT}}, true},
      {"Ctrl-C, ignored", {.to_process = {SIGINT}, .ignored = {SIGINT}}, false},
      {"SIGTERM, blocked", {.to_process = {SIGTERM}, .blocked = {SIGTERM}}, false},
      {"SIGTERM with others", {.to_thread = {SIGALRM}, .to_process = {SIGTERM}, .caught = {SIGALRM, SIGTERM}}, true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    CHECK(wants_to_end(status(row.masks)) == row.ends);
  }
}

TEST_CASE("a status without masks ends nothing") {
  CHECK_FALSE(wants_to_end(""));
  CHECK_FALSE(wants_to_end("Name:\tx\nSigPnd:"));
  CHECK_FALSE(wants_to_end("Name:\tx\nSigPnd:\tzz\nShdPnd:\t\n"));
}

TEST_CASE("a thread that has ended counts as ending, an invisible one does not") {
  CHECK_FALSE(is_ending(::gettid()));
  CHECK(is_ending(1 << 30));
  CHECK_FALSE(is_ending(0));
}
