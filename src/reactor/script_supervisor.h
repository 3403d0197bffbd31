// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace rimfs::reactor {

/// Runs the process between rimfs and a script of the user. It is this program, started by Process with the arguments
/// supervisor_arguments(). A separate process is needed because only the parent of a process can track all its
/// descendants:
///
/// - It is a subreaper (prctl(2)): an orphaned descendant becomes its child, including one in a group or session of its
/// own. So SIGTERM to the supervisor kills all descendants when the script has to end.
/// - It receives SIGTERM when the thread of rimfs that started it ends, for any reason.
/// - When the script ends by itself, the remaining processes of its process group are killed. A descendant in a session
/// of its own (a persistent agent such as gpg-agent) is left running.
///
/// Returns the script's status in the shell's convention; 128 + SIGKILL when it had to kill the script; nothing when
/// this process is not a supervisor. The environment carries the command, so that ps does not show a secret in it.
std::optional<int> run_as_script_supervisor(int argc, char** argv);

/// The parameters for starting the supervisor: its arguments, and a variable for its environment.
std::vector<std::string> supervisor_arguments();
std::string supervisor_variable(const std::string& command);

}  // namespace rimfs::reactor
