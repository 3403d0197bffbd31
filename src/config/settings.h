// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "base/log.h"
#include "cache/options.h"
#include "catalog/source.h"
#include "fs/options.h"
#include "http/options.h"
#include "readahead/options.h"

namespace rimfs::config {

/// All settings of `rimfs mount` or `rimfs fetch`, checked and complete: every source has a unique name, the mountpoint
/// is an existing directory, secrets have been read. A plain value.
struct Settings {
  http::Options http;
  cache::Options cache;
  readahead::Options readahead;
  fs::Options fs;
  std::vector<catalog::Source> sources;  ///< At least one, except with mounted_file.
  std::vector<std::string> notes;        ///< What the log says at its beginning: which variables were used.
  std::string destination;   ///< The absolute path of a copy, for `rimfs fetch`. Empty: only the disk cache is filled.
  std::string mounted_file;  ///< The file of a mount that `rimfs fetch` copies. Then there are no sources.
  bool verify = false;       ///< Reads back what was copied or cached, and compares.
  bool foreground = false;
  LogLevel log_level = LogLevel::info;
  std::string log_file;  ///< Empty: stderr in the foreground, otherwise syslog.
};

}  // namespace rimfs::config
