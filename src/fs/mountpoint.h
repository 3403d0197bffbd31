// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "fs/options.h"

namespace rimfs::fs {

/// The mountpoint as an absolute path without links. Checks first what can be checked before mounting: that it is an
/// empty and writable folder, and that allow_other is permitted. Throws Error{misuse} with one sentence, or
/// Error{system} when FUSE is not available.
std::string checked_mountpoint(const Options& options);

}  // namespace rimfs::fs
