// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace rimfs::reactor {

/// The process between rimfs and a script of the user. It is this program again, run by Process with the words of
/// supervisor_arguments(), because only the parent of a process can be sure of all its descendants:
///
/// - It is a subreaper (prctl(2)): a descendant that was left by its parent becomes its child, also one in a group or
///   session of its own. So when the script has to end, SIGTERM to the supervisor kills them all.
/// - It gets SIGTERM when the thread of rimfs that started it ends, however that ends.
/// - When the script ends by itself, what it left in its process group is killed. A descendant that made a session of
///   its own (an agent that is meant to stay, such as gpg-agent) stays then.
///
/// Its status is the script's, as the shell counts; 128 + SIGKILL when it had to kill. The command is handed over in
/// the environment, so that no secret in it shows in ps.
std::optional<int> run_as_script_supervisor(int argc, char** argv);

/// What the supervisor is started with: its arguments, and a variable for its environment.
std::vector<std::string> supervisor_arguments();
std::string supervisor_variable(const std::string& command);

}  // namespace rimfs::reactor
