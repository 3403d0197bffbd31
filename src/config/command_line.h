// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/draft.h"
#include "config/settings.h"

namespace rimfs::config {

/// What `rimfs mount` or `rimfs fetch` was asked: to print a text (help), or to work.
struct CommandLine {
  std::string print;  ///< Not empty: to print on stdout, and nothing else to do.
  Settings settings;  ///< Complete when there is nothing to print.
};

/// `arguments` come after the word "mount" or "fetch". Reads the --config file and the secrets, too. Throws
/// Error{misuse}, or Error{system} when the mountpoint is not usable.
CommandLine parse_command_line(const std::vector<std::string>& arguments, Purpose purpose);

/// The text of `rimfs mount --help`.
std::string mount_help();
std::string fetch_help();
/// All settings as a markdown table, for the README and the manual.
std::string settings_reference();

}  // namespace rimfs::config
