// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace rimfs {

/// What others can see of this process: its memory, its arguments (ps shows them to everybody) and its environment. All
/// for the start of main(), before any thread.

/// No core dump of any kind, no debugger and no look into /proc/PID/mem or environ for processes of the same user.
/// /proc/PID then belongs to root. Holds for children until they execute another program.
void forbid_looking_into_memory();

/// Puts `shown` in the place of the arguments; each word is cut to the length of the one it replaces, and the rest is
/// zeros. Nobody may use `argv` but argv[0] afterwards. `shown` has as many words as `argv`.
void replace_arguments(int argc, char** argv, const std::vector<std::string>& shown);

/// Removes a variable, and overwrites it where the process found it at its start.
void erase_environment_variable(const std::string& name);

}  // namespace rimfs
