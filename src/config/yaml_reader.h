// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "config/draft.h"

namespace rimfs::config {

/// Reads a configuration file. Settings stand grouped (cache: {memory: 1G}) or under their flag's name
/// (cache-memory: 1G). Throws Error{misuse} "file:line:column: what is wrong; what is allowed".
Draft read_yaml_file(const std::string& file);
/// The same from memory; `file` is what messages call it, and where relative file names start.
Draft read_yaml(const std::string& text, const std::string& file);

}  // namespace rimfs::config
