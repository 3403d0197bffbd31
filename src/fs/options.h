// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace rimfs::fs {

/// The mount itself. A plain value; config/ fills it.
struct Options {
  std::string mountpoint;                            ///< Absolute path of an existing directory.
  bool allow_other = false;                          ///< Users other than the mounting one may read.
  std::vector<std::string> mount_options;            ///< Further ones for FUSE, each as after "-o".
  std::chrono::milliseconds attribute_time{60'000};  ///< How long names and listings are believed.
  unsigned workers = 4;                              ///< Threads that take requests from the kernel: 1 to 64.
};

}  // namespace rimfs::fs
