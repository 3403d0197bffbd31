// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <optional>

#include "fs/mount_table.h"

namespace rimfs::cli {

/// The rimfs process that serves the mount, as far as can be told: what the mount itself says, else by its descriptors
/// where the kernel says their connection and we may look, else by its command line, else because there is only one.
/// Processes that end meanwhile, or belong to others, are passed over. `answers`: whether the mount is worth asking.
std::optional<pid_t> find_server(const fs::MountEntry& mount, bool answers);

}  // namespace rimfs::cli
