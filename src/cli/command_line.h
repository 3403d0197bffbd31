// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"

namespace rimfs::cli {

/// What a command line asks for: to print a text, or to run a command.
struct Invocation {
  std::string text;                    ///< Printed on the standard output, and nothing else is done.
  const Command* command = nullptr;    ///< Null when there is a text.
  std::unique_ptr<Prepared> prepared;  ///< The command with its options; null when there is a text.

  /// The options of the command, which has to take `Options`.
  template <typename Options>
  const Options& options() const {
    return dynamic_cast<const PreparedWith<Options>&>(*prepared).options;
  }
};

/// Reads a command line (without the program's name) by a table of commands. All commands behave alike: options stand
/// before or after arguments; "--" ends the options; --help and -h ask for the help; what is unknown, missing, empty or
/// too much is named. Reads the files that settings name. Throws Error{misuse} for a wrong command line; the message
/// shows no value of an option, and of a URL nothing that may be secret. Throws what a command's checks throw.
Invocation read_command_line(const std::vector<Command>& commands, const std::vector<std::string>& arguments);

}  // namespace rimfs::cli
