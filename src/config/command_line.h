// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "config/draft.h"
#include "config/settings.h"

namespace rimfs::config {

/// What the command line of `rimfs mount` or `rimfs fetch` says. Filled by cli/, which knows how options are written.
/// May hold secrets.
struct CommandLine {
  Layer settings;
  std::vector<std::string> arguments;  ///< Sources, then the mountpoint or the copy.
  std::string config_file;             ///< Empty: none.
};

/// Reads the configuration file and the secrets, too. Throws Error{misuse}, or Error{system} when the mountpoint is not
/// usable.
Settings settings_of(const CommandLine& line, Purpose purpose);

/// All settings as a markdown table, for the README and the manual.
std::string settings_reference();

}  // namespace rimfs::config
