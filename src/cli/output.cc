// SPDX-License-Identifier: MIT
#include "cli/output.h"

#include <cerrno>
#include <cstdio>

#include "base/error.h"
#include "base/printable.h"

namespace rimfs::cli {

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void flush_output() {
  if (std::fflush(stdout) != 0) throw system_error("cannot write to the standard output", errno);
  if (std::ferror(stdout) != 0)
    throw Error(ErrorKind::system, "cannot write to the standard output: a part of it is lost");
}

void say(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

void print_error(std::string_view message) { say(fmt::format("rimfs: {}\n", printable(message))); }

}  // namespace rimfs::cli
