// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"

namespace rimfs::cli {

/// The result of a command line: a text to print, or a command to run.
struct Invocation {
  std::string text;                    ///< The text for the standard output; then no command runs.
  const Command* command = nullptr;    ///< Null when there is a text.
  std::unique_ptr<Prepared> prepared;  ///< The command with its options; null when there is a text.

  /// The options of a command that takes `Options`.
  template <typename Options>
  const Options& options() const {
    return dynamic_cast<const PreparedWith<Options>&>(*prepared).options;
  }
};

/// Reads a command line (without the program's name) by a table of commands. The syntax is the same for all commands:
/// options stand before or after arguments; "--" ends the options; --help and -h print the help; an unknown, missing,
/// empty or surplus word is an error that names it. Reads the files that settings name. Throws Error{misuse} for an
/// invalid command line; the message shows no value of an option, and no part of a URL that may be secret. Throws what
/// a command's checks throw.
Invocation read_command_line(const std::vector<Command>& commands, const std::vector<std::string>& arguments);

}  // namespace rimfs::cli
