// SPDX-License-Identifier: MIT
#pragma once

#include "base/log.h"
#include "cache/disk/folder.h"
#include "cache/disk/space.h"

namespace rimfs::cache::disk {

/// Removes stores that cannot be used any more, and frees their space: those that another version of rimfs wrote in a
/// different format, and those whose identity file is damaged. Stores that another process writes are skipped. Logs one
/// line for each kind that was found. Blocks for the disk. Throws nothing: a store that cannot be removed stays, and
/// its space counts.
void drop_unusable_stores(const Folder& folder, Space& space, Log& log);

}  // namespace rimfs::cache::disk
