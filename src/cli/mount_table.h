// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace rimfs::cli {

/// One line of the kernel's mount table. A plain value.
struct MountEntry {
  std::string path;
  std::string type;           ///< "fuse.rimfs", "ext4", ...
  unsigned device_minor = 0;  ///< The number of the FUSE connection.
};

/// Every mount of rimfs, in the order of the table. Throws Error{system} when it cannot be read.
std::vector<MountEntry> rimfs_mounts();

/// The topmost mount on exactly `path` (absolute, without symbolic links). Does not touch the mount itself,
/// which may be dead. Throws Error{system} when the table cannot be read.
std::optional<MountEntry> find_mount(const std::string& path);

/// The rimfs process that serves the mount, as far as can be told: by its descriptors where the kernel says
/// their connection, else by its command line, else because there is only one.
std::optional<pid_t> find_server(const MountEntry& mount);

}  // namespace rimfs::cli
