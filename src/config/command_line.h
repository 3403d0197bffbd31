// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "config/draft.h"
#include "config/settings.h"

namespace rimfs::config {

/// The parsed command line of `rimfs mount` or `rimfs fetch`. Filled by cli/, which defines the syntax of options. May
/// hold secrets.
struct CommandLine {
  Layer settings;
  std::vector<std::string> arguments;  ///< The sources, then the mountpoint or the destination of the copy.
  std::string config_file;             ///< The configuration file, or empty.
};

/// Makes the settings. Also reads the configuration file and the secrets. Throws Error{misuse}, or Error{system} when
/// the mountpoint is not usable.
Settings settings_of(const CommandLine& line, Purpose purpose);

/// All settings as a markdown table, for contrib/manual/settings.md.
std::string settings_reference();

}  // namespace rimfs::config
