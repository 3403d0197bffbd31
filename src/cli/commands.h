// SPDX-License-Identifier: MIT
// What each command is given, and the function that does it. Functions return the program's status and throw Error.
// `declare` says which words fill the options; the table of commands is in application.cc.
#pragma once

#include <string>
#include <vector>

#include "base/units.h"
#include "cli/syntax.h"
#include "config/settings.h"

namespace rimfs::cli {

/// Statuses of the program.
constexpr int kSuccess = 0;
constexpr int kFailure = 1;
constexpr int kUsage = 2;

struct MountOptions {
  config::Settings settings;

  void declare(Syntax& syntax);
};
/// Mounts and serves until unmounted. Throws Error before the mount is ready.
int mount_command(const MountOptions& options);

struct UmountOptions {
  std::string directory;

  void declare(Syntax& syntax);
};
/// Removes a mount, dead ones too, and waits for its process to end.
int umount_command(const UmountOptions& options);

struct FetchOptions {
  config::Settings settings;

  void declare(Syntax& syntax);
};
/// Copies the one source to settings.destination, or into the disk cache.
int fetch_command(const FetchOptions& options);

struct StatusOptions {
  bool json = false;
  bool watch = false;
  std::vector<std::string> mounts;  ///< Absolute. None: all.

  void declare(Syntax& syntax);
};
/// Shows what mounts do.
int status_command(const StatusOptions& options);

struct MapOptions {
  bool json = false;
  bool bmap = false;
  bool guest = false;
  std::string file;

  void declare(Syntax& syntax);
};
/// Shows which ranges of a mounted file are data and which are known to be zero, from what the mount has learned,
/// without traffic; with `guest` see guest_map_command().
int map_command(const MapOptions& options);

/// Of the commands on a disk cache that take nothing else.
struct CacheOptions {
  std::string directory;

  void declare(Syntax& syntax);
};
/// Lists the images with their size on disk.
int cache_list_command(const CacheOptions& options);
/// Reads every block and compares its checksum; kFailure when one is damaged.
int cache_verify_command(const CacheOptions& options);

struct CachePruneOptions {
  std::string directory;
  ByteCount size;  ///< What the cache may take afterwards.

  void declare(Syntax& syntax);
};
/// Evicts what was used least.
int cache_prune_command(const CachePruneOptions& options);

struct CacheDropOptions {
  std::string directory;
  bool all = false;
  std::vector<std::string> images;  ///< URLs or ids; none when `all`.

  void declare(Syntax& syntax);
};
/// Removes images.
int cache_drop_command(const CacheDropOptions& options);

struct CachePathOptions {
  std::string directory;
  std::string image;  ///< URL or id.

  void declare(Syntax& syntax);
};
/// Prints where an image's files are.
int cache_path_command(const CachePathOptions& options);

}  // namespace rimfs::cli
