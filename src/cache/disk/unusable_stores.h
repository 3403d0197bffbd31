// SPDX-License-Identifier: MIT
#pragma once

#include "base/log.h"
#include "cache/disk/folder.h"
#include "cache/disk/space.h"

namespace rimfs::cache::disk {

/// Removes the stores that nobody can use any more, and gives back their space: those that an earlier version of rimfs
/// wrote in another format, and those whose identity file is damaged. What another process writes to is left to it. One
/// line of each kind in the log when there are any. Blocks for the disk; throws nothing: what cannot be removed stays,
/// and counts.
void drop_unusable_stores(const Folder& folder, Space& space, Log& log);

}  // namespace rimfs::cache::disk
