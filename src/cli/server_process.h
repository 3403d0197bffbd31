// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <optional>

#include "fs/mount_table.h"

namespace rimfs::cli {

/// The rimfs process that serves the mount, or empty when it cannot be determined. Found by the mount's status;
/// otherwise by the connection of its descriptors, where the kernel reports it and permissions allow; otherwise by its
/// command line; otherwise because there is only one. Processes that end meanwhile, or belong to other users, are
/// skipped. `answers`: whether the mount answers requests.
std::optional<pid_t> find_server(const fs::MountEntry& mount, bool answers);

/// A process in whose mount namespace the mount still is, after it was unmounted in this one: a new namespace begins
/// with a copy of every mount (mount_namespaces(7)). Call it while the mount's own process lives, because the number of
/// its device is used again later. Empty when there is none that this user may examine.
std::optional<pid_t> find_keeper(const fs::MountEntry& mount);

}  // namespace rimfs::cli
