// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rimfs::fs {

/// One line of the kernel's mount table (proc(5), mountinfo). A plain value.
struct MountEntry {
  std::string path;    ///< Absolute, without symbolic links.
  std::string type;    ///< "fuse.rimfs", "ext4", ...
  std::string device;  ///< "MAJOR:MINOR"; the minor number of a FUSE mount is that of its connection.

  /// A mount of rimfs, of any version and user.
  bool is_rimfs() const { return type == "fuse.rimfs"; }
};

/// The entries of a text as in /proc/self/mountinfo, in its order. Pure.
std::vector<MountEntry> parse_mount_table(std::string_view mountinfo);

/// The mounts that this process sees. Asks nothing of the mounts themselves, which may be our own or dead.
/// Throws Error{system} when the table cannot be read. Any thread.
std::vector<MountEntry> read_mount_table();

/// The topmost mount on exactly `path` (absolute, without symbolic links), nullopt when there is none. Pure.
std::optional<MountEntry> find_mount(const std::vector<MountEntry>& mounts, std::string_view path);

}  // namespace rimfs::fs
