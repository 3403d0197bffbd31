// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace rimfs::fs {

/// The options of the mount itself. A plain value; config/ fills it.
struct Options {
  std::string mountpoint;                            ///< The absolute path of an existing directory.
  bool allow_other = false;                          ///< Whether users other than the mounting one may read.
  std::vector<std::string> mount_options;            ///< Further FUSE options, each as after "-o".
  std::chrono::milliseconds attribute_time{60'000};  ///< How long the kernel may cache names and listings.
  std::string same_file = "validator";               ///< What tells versions apart, for the status.
  unsigned workers = 4;                              ///< The threads that take requests from the kernel: 1 to 64.
};

}  // namespace rimfs::fs
