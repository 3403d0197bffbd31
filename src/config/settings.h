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

/// Everything `rimfs mount` or `rimfs fetch` was told, checked and complete: every source has a name of its own, the
/// mountpoint is an existing directory, secrets are read. A plain value.
struct Settings {
  http::Options http;
  cache::Options cache;
  readahead::Options readahead;
  fs::Options fs;
  std::vector<catalog::Source> sources;  ///< At least one, but for mounted_file.
  std::string destination;   ///< Of a copy, for `rimfs fetch`: absolute; empty: only the disk cache is filled.
  std::string mounted_file;  ///< What to copy, for `rimfs fetch`, when it is a file of a mount; then no sources.
  bool verify = false;       ///< Read back what was copied or cached.
  bool foreground = false;
  LogLevel log_level = LogLevel::info;
  std::string log_file;  ///< Empty: stderr in the foreground, else syslog.
};

}  // namespace rimfs::config
