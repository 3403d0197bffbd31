// SPDX-License-Identifier: MIT
#include "base/descriptor.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"

using namespace rimfs;

namespace {

bool is_open_in_process(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

Descriptor any() { return Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace

TEST_CASE("a descriptor is closed with its owner") {
  int fd = -1;
  {
    const Descriptor owner = any();
    fd = owner.get();
    REQUIRE(owner.is_open());
    CHECK(is_open_in_process(fd));
  }
  CHECK_FALSE(is_open_in_process(fd));
}

TEST_CASE("a moved descriptor has one owner") {
  Descriptor first = any();
  const int fd = first.get();
  {
    const Descriptor second = std::move(first);
    CHECK(second.get() == fd);
    CHECK_FALSE(first.is_open());  // NOLINT(bugprone-use-after-move): defined, and what is tested
  }
  CHECK_FALSE(is_open_in_process(fd));
}

TEST_CASE("an owner that is assigned another descriptor closes its own") {
  Descriptor owner = any();
  Descriptor other = any();
  const int old = owner.get();
  const int fresh = other.get();
  owner = std::move(other);
  CHECK(owner.get() == fresh);
  CHECK_FALSE(is_open_in_process(old));
  CHECK(is_open_in_process(fresh));
  owner.reset();
  CHECK_FALSE(owner.is_open());
  CHECK_FALSE(is_open_in_process(fresh));
}

TEST_CASE("a released descriptor stays open") {
  Descriptor owner = any();
  const int fd = owner.release();
  CHECK_FALSE(owner.is_open());
  CHECK(is_open_in_process(fd));
  owner.reset(fd);
  owner.reset();
  CHECK_FALSE(is_open_in_process(fd));
}

TEST_CASE("an empty owner closes nothing") {
  Descriptor nothing(-1);
  CHECK_FALSE(nothing.is_open());
  nothing.reset();
  CHECK(nothing.release() < 0);
}

TEST_CASE("closing preserves errno") {
  const Descriptor unopenable(::open("/dev/null/file", O_RDONLY | O_CLOEXEC));
  const int problem = errno;
  Descriptor invalid(1 << 30);  // close() fails with EBADF
  invalid.reset();
  CHECK(errno == problem);
}

TEST_CASE("data written into a pipe is read from it, and a started program does not inherit it") {
  Pipe pipe = make_pipe("making a pipe");
  CHECK((::fcntl(pipe.reading.get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(pipe.writing.get(), F_GETFD) & FD_CLOEXEC) != 0);
  REQUIRE(::write(pipe.writing.get(), "x", 1) == 1);
  pipe.writing.reset();
  char bytes[2] = {};
  CHECK(::read(pipe.reading.get(), bytes, sizeof bytes) == 1);
  CHECK(bytes[0] == 'x');
  CHECK(::read(pipe.reading.get(), bytes, sizeof bytes) == 0);
}

TEST_CASE("the error of make_pipe without free descriptors contains the purpose") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const Descriptor lowest = any();
  rlimit tight = before;
  tight.rlim_cur = static_cast<rlim_t>(lowest.get()) + 1;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
  std::string message;
  try {
    make_pipe("cannot go into the background");
  } catch (const Error& error) {
    message = error.message();
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
  CHECK(message.starts_with("cannot go into the background"));
}
