// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rimfs::fs {

/// One line of the kernel's mount table (proc(5), mountinfo). A plain value.
struct MountEntry {
  std::string path;    ///< The absolute path, without symbolic links.
  std::string type;    ///< The type: "fuse.rimfs", "ext4", ...
  std::string device;  ///< The device, "MAJOR:MINOR". The minor number of a FUSE mount is that of its connection.

  /// True for a mount of rimfs, of any version and user.
  bool is_rimfs() const { return type == "fuse.rimfs"; }
};

/// Parses the text of /proc/self/mountinfo; the entries keep its order. Pure.
std::vector<MountEntry> parse_mount_table(std::string_view mountinfo);

/// The mounts that this process can see. Sends no request to the mounts themselves, which may be dead or served by this
/// process. Throws Error{system} when the table cannot be read. Any thread.
std::vector<MountEntry> read_mount_table();

/// The topmost mount on exactly `path` (absolute, without symbolic links), or nullopt. Pure.
std::optional<MountEntry> find_mount(const std::vector<MountEntry>& mounts, std::string_view path);

}  // namespace rimfs::fs
