// SPDX-License-Identifier: MIT
#include "base/child_process.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

using namespace rimfs;

namespace {

/// A child that ends when the writing end of its pipe is closed.
pid_t start_child(int reading_end, int writing_end, int status) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::close(writing_end);
  char byte = 0;
  (void)!::read(reading_end, &byte, 1);
  ::_exit(status);
}

bool has_ended(const Descriptor& process, int milliseconds) {
  pollfd event{process.get(), POLLIN, 0};
  return ::poll(&event, 1, milliseconds) == 1;
}

}  // namespace

TEST_CASE("waiting for a child returns its status in the shell's convention") {
  Pipe pipe = make_pipe("making a pipe");
  const pid_t child = start_child(pipe.reading.get(), pipe.writing.get(), 7);
  REQUIRE(child > 0);
  const Descriptor process = open_process(child);
  REQUIRE(process.is_open());
  CHECK((::fcntl(process.get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK_FALSE(has_ended(process, 0));
  pipe.writing.reset();
  CHECK(has_ended(process, 10'000));
  const std::optional<int> status = wait_for_child(child);
  REQUIRE(status);
  CHECK(shell_status(*status) == 7);
}

TEST_CASE("the status of a child that a signal ended is 128 plus the signal's number") {
  Pipe pipe = make_pipe("making a pipe");
  const pid_t child = start_child(pipe.reading.get(), pipe.writing.get(), 0);
  REQUIRE(child > 0);
  REQUIRE(::kill(child, SIGKILL) == 0);
  const std::optional<int> status = wait_for_child(child);
  REQUIRE(status);
  CHECK(shell_status(*status) == 128 + SIGKILL);
}

TEST_CASE("waiting for a process that is not a child, or opening a missing process, fails") {
  CHECK_FALSE(wait_for_child(::getpid()));
  CHECK(errno == ECHILD);
  CHECK_FALSE(open_process(-1).is_open());
}
