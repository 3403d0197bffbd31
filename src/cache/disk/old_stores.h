// SPDX-License-Identifier: MIT
#pragma once

#include "base/log.h"
#include "cache/disk/folder.h"
#include "cache/disk/space.h"

namespace rimfs::cache::disk {

/// Removes the stores that an earlier version of rimfs wrote in another format, and gives back their space. What
/// another process writes to is left to it. One line in the log when there are any. Blocks for the disk; throws
/// nothing: what cannot be removed stays, and counts.
void drop_old_stores(const Folder& folder, Space& space, Log& log);

}  // namespace rimfs::cache::disk
