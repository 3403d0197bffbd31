// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "config/settings.h"

namespace rimfs::cli {

/// Statuses of the program.
constexpr int kSuccess = 0;
constexpr int kFailure = 1;
constexpr int kUsage = 2;

/// Mounts and serves until unmounted. Gives the program's status; throws Error before the mount is ready.
int mount_command(const config::Settings& settings);

/// `rimfs umount DIR`: removes a mount, dead ones too, and waits for its process to end. `arguments` come
/// after the word "umount". Throws Error.
int umount_command(const std::vector<std::string>& arguments);

/// `rimfs fetch`: copies the one source to settings.destination, or into the disk cache. Gives the program's status.
/// Throws Error.
int fetch_command(const config::Settings& settings);

/// `rimfs status [--json] [--watch] [DIR]...`: what mounts do; of all mounts when none is named. Throws Error.
int status_command(const std::vector<std::string>& arguments);

/// `rimfs map [--json | --bmap] FILE`: which stretches of a mounted file are data and which are known to be zero, from
/// what the mount has learned, without traffic. Throws Error.
int map_command(const std::vector<std::string>& arguments);

/// `rimfs cache list|verify|prune|drop|path DIR ...`: looks after a disk cache, also while mounts use it. `arguments`
/// come after the word "cache". Throws Error.
int cache_command(const std::vector<std::string>& arguments);

}  // namespace rimfs::cli
