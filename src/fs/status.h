// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "fs/filesystem.h"
#include "observe/snapshot.h"

namespace rimfs::fs {

/// The values of all metrics of the mount. Any thread.
observe::Snapshot snapshot_of(const Filesystem& filesystem);

/// The same as JSON, each value at its metric's key. It is the value of the attribute user.rimfs.status of the mount's
/// root, which `rimfs status` reads. So the permissions of the mount decide which users may read it, and no socket has
/// to be found, guarded or removed.
std::string status_json(const Filesystem& filesystem);

}  // namespace rimfs::fs
