// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace rimfs::config {

/// The arguments that ps may show: commands, flags, numbers, file names, and URLs without user, password and query.
/// Every other word may be a secret and becomes "...". So do unknown flags. `words` do not include the program's name;
/// the result has the same number of words. Pure.
std::vector<std::string> shown_arguments(const std::vector<std::string>& words);

}  // namespace rimfs::config
