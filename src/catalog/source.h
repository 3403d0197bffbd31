// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "http/options.h"

namespace rimfs::catalog {

/// What a source's address names.
enum class SourceKind {
  file,     ///< One image.
  index,    ///< A folder that a web server lists.
  vsphere,  ///< A vCenter or ESXi server: datacenters, datastores, folders, files.
};

/// One source as the user named it: where it is and under which name the mount shows it. A plain value.
struct Source {
  SourceKind kind = SourceKind::file;
  std::string url;                   ///< http or https, without user and password: those are in `access`.
  std::vector<std::string> mirrors;  ///< Other URLs of the same file.
  std::string name;                  ///< The name in the mount; empty: from the URL.
  std::string folder;  ///< Of a vSphere server: what to show of it, "DATACENTER/DATASTORE/..."; empty: all.
  Offset offset{};     ///< Where the image begins in the remote file.
  std::optional<ByteCount> length;  ///< The image's size; none: up to the end of the remote file.
  bool prefetch_all = false;        ///< Fetch all of it into the disk cache, in the background.
  /// Where a map of its extents is: an absolute file name, or a URL; empty: there is none.
  std::string extents;
  http::ServerAccess access;
};

}  // namespace rimfs::catalog
