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

/// A process that still has the mount after it was unmounted here, because it is in another mount namespace, which
/// began with a copy of every mount (mount_namespaces(7)). Call it while the mount's own process lives: then the device
/// has no new owner. Empty when there is none that this user may look at.
std::optional<pid_t> find_keeper(const fs::MountEntry& mount);

}  // namespace rimfs::cli
