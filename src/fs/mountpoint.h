// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "fs/options.h"

namespace rimfs::fs {

/// The mountpoint as an absolute path without links, after checking what can be checked before mounting: that
/// it is an empty folder we may mount on, and that allow_other is allowed. Throws Error{misuse} with one
/// sentence, Error{system} when this machine has no FUSE for us.
std::string checked_mountpoint(const Options& options);

}  // namespace rimfs::fs
