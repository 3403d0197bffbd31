// SPDX-License-Identifier: MIT
// The texts of --help, for a terminal of 100 columns. Pure.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"

namespace rimfs::cli {

/// Such as "rimfs umount DIR". A command with several forms has a line for each.
std::string usage_of(const Command& command);

/// The help of a command.
std::string help_of_command(const Command& command, const Syntax& syntax);
/// The help of a group; `members` are its commands.
std::string help_of_group(const Command& group, const std::vector<const Command*>& members, const Syntax& syntax);
/// The help of the program; `commands` are its commands and groups, without the commands in groups.
std::string help_of_program(const std::vector<const Command*>& commands, const Syntax& syntax);

}  // namespace rimfs::cli
