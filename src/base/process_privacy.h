// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace rimfs {

/// Functions that hide this process's memory, arguments (ps shows them to all users) and environment from other users.
/// Call them at the start of main(), before any thread exists.

/// Disables core dumps of any kind, debuggers, and access to /proc/PID/mem and environ for other processes of the same
/// user. /proc/PID then belongs to root. Also applies to children until they execute another program.
void forbid_looking_into_memory();

/// Replaces the arguments in the process list by `shown`. Each word is cut to the length of the one it replaces; the
/// rest is filled with zeros. Only argv[0] may be used afterwards. `shown` has as many words as `argv`.
void replace_arguments(int argc, char** argv, const std::vector<std::string>& shown);

/// Removes an environment variable and overwrites its text in the process's initial environment.
void erase_environment_variable(const std::string& name);

}  // namespace rimfs
