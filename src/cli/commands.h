// SPDX-License-Identifier: MIT
// The options of each command, and the function that runs it. The functions return the exit status and throw Error.
// `declare` sets which words fill the options; the table of commands is in application.cc.
#pragma once

#include <string>
#include <vector>

#include "base/units.h"
#include "cli/syntax.h"
#include "config/settings.h"

namespace rimfs::cli {

/// The exit statuses of the program.
constexpr int kSuccess = 0;
constexpr int kFailure = 1;
constexpr int kUsage = 2;

struct MountOptions {
  config::Settings settings;

  void declare(Syntax& syntax);
};
/// Mounts, and serves the mount until it is unmounted. Throws Error before the mount is ready.
int mount_command(const MountOptions& options);

struct UmountOptions {
  std::string directory;

  void declare(Syntax& syntax);
};
/// Removes a mount, also one without a process, and waits for its process to end.
int umount_command(const UmountOptions& options);

struct FetchOptions {
  config::Settings settings;

  void declare(Syntax& syntax);
};
/// Copies the one source to settings.destination, or into the disk cache.
int fetch_command(const FetchOptions& options);

struct DoctorOptions {
  config::Settings settings;
  bool json = false;
  std::string report;  ///< The file for the report; empty: none.

  void declare(Syntax& syntax);
};
/// Examines the server of the one source. Returns kFailure when something differs from what rimfs expects.
int doctor_command(const DoctorOptions& options);

struct StatusOptions {
  bool json = false;
  bool watch = false;
  std::vector<std::string> mounts;  ///< Absolute paths. Empty: all mounts.

  void declare(Syntax& syntax);
};
/// Shows the status of mounts.
int status_command(const StatusOptions& options);

struct VmsOptions {
  bool json = false;
  std::string folder;  ///< An absolute path.

  void declare(Syntax& syntax);
};
/// Lists the virtual machines of a mounted vSphere server. Returns kFailure when a server could not be asked.
int vms_command(const VmsOptions& options);

struct MapOptions {
  bool json = false;
  bool bmap = false;
  bool guest = false;
  std::string file;

  void declare(Syntax& syntax);
};
/// Shows which ranges of a mounted file are data and which are known to be zero, from what the mount has learned,
/// without traffic. With `guest` it runs guest_map_command().
int map_command(const MapOptions& options);

/// The options of the cache commands that need only the directory.
struct CacheOptions {
  std::string directory;

  void declare(Syntax& syntax);
};
/// Lists the images with their size on disk.
int cache_list_command(const CacheOptions& options);
/// Reads every block and compares its checksum. Returns kFailure when one is damaged.
int cache_verify_command(const CacheOptions& options);

struct CachePruneOptions {
  std::string directory;
  ByteCount size;  ///< The size that the cache may have afterwards.

  void declare(Syntax& syntax);
};
/// Evicts the blocks that were used least.
int cache_prune_command(const CachePruneOptions& options);

struct CacheDropOptions {
  std::string directory;
  bool all = false;
  std::vector<std::string> images;  ///< URLs or ids; empty with `all`.

  void declare(Syntax& syntax);
};
/// Removes images.
int cache_drop_command(const CacheDropOptions& options);

struct CachePathOptions {
  std::string directory;
  std::string image;  ///< A URL or an id.

  void declare(Syntax& syntax);
};
/// Prints the folder of an image's files.
int cache_path_command(const CachePathOptions& options);

}  // namespace rimfs::cli
