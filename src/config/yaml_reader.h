// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "config/draft.h"

namespace rimfs::config {

/// Reads a configuration file. Settings are grouped (cache: {memory: 1G}), or named like their flag (cache-memory: 1G).
/// Throws Error{misuse} "file:line:column: what is wrong; what is allowed".
Draft read_yaml_file(const std::string& file);
/// Reads a configuration from memory. `file` is its name in messages, and relative file names start in its folder.
Draft read_yaml(const std::string& text, const std::string& file);

}  // namespace rimfs::config
