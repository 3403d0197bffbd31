// SPDX-License-Identifier: MIT
// The program, from its arguments to its exit status.
#pragma once

#include <exception>
#include <string>
#include <vector>

#include "cli/command_line.h"

namespace rimfs::cli {

/// Reads the program's arguments, without its name. Throws as read_command_line() does.
Invocation parse(const std::vector<std::string>& arguments);

/// Runs the command that the arguments name. Returns the exit status. Throws Error. Called while the process has one
/// thread.
int run(const std::vector<std::string>& arguments);

/// The exit status for a failure.
int status_of(const std::exception& failure);

}  // namespace rimfs::cli
