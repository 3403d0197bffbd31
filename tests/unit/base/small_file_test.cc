// SPDX-License-Identifier: MIT
#include "base/small_file.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <string>

using rimfs::read_small_file;

TEST_CASE("a small file is read to its end") {
  char name[] = "/tmp/rimfs-small-file-XXXXXX";
  const int descriptor = mkstemp(name);
  REQUIRE(descriptor >= 0);
  const std::string text = std::string(100'000, 'x') + '\0' + "end";
  REQUIRE(::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  ::close(descriptor);
  CHECK(read_small_file(name) == text);
  ::unlink(name);
}

TEST_CASE("a file whose attributes have no size is read as well") {
  const auto status = read_small_file("/proc/self/status");
  REQUIRE(status.has_value());
  CHECK(status->find("\nSigCgt:") != std::string::npos);
}

TEST_CASE("a file that cannot be opened or read returns nothing and sets errno") {
  errno = 0;
  CHECK_FALSE(read_small_file("/nonexistent/file").has_value());
  CHECK(errno == ENOENT);
  CHECK_FALSE(read_small_file("/").has_value());
  CHECK(errno == EISDIR);
  // Opens, and every read fails: as the files of a process do that has ended meanwhile.
  CHECK_FALSE(read_small_file("/proc/self/mem").has_value());
  CHECK(errno == EIO);
}
