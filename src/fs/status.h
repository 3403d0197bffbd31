// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "fs/filesystem.h"
#include "observe/snapshot.h"

namespace rimfs::fs {

/// The value of every metric of the mount. Any thread.
observe::Snapshot snapshot_of(const Filesystem& filesystem);

/// The same as JSON, each value at its metric's key: the value of the attribute user.rimfs.status of the mount's root,
/// which `rimfs status` reads. So the permissions of the mount decide who may read it, and there is no socket to find,
/// guard or clean up.
std::string status_json(const Filesystem& filesystem);

}  // namespace rimfs::fs
