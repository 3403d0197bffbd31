// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace rimfs::config {

/// What ps may show in place of a command line: commands, flags, numbers, file names and URLs without user, password
/// and query stay; every other word, which may be a secret, becomes "...". What is not known is not shown. `words`
/// come after the program's name; the result has as many. Pure.
std::vector<std::string> shown_arguments(const std::vector<std::string>& words);

}  // namespace rimfs::config
