// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <cstdio>

#include "base/printable.h"
#include "cli/commands.h"

namespace rimfs::cli {

void print_error(std::string_view message) { fmt::print(stderr, "rimfs: {}\n", printable(message)); }

}  // namespace rimfs::cli
