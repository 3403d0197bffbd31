// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "catalog/s3/options.h"
#include "http/options.h"

namespace rimfs::catalog {

struct SourceKind;

/// One source as the user named it: where it is and under which name the mount shows it. A plain value.
struct Source {
  const SourceKind* kind = nullptr;   ///< One of catalog/source_kinds.h; never null once the source is complete.
  std::string url;                    ///< http or https, without user and password: those are in `access`.
  std::vector<std::string> mirrors;   ///< Other URLs of the same file.
  std::string name;                   ///< The name in the mount; empty: from the URL.
  std::string folder;                 ///< Of a server with a scheme of its own: what to show of it; empty: all.
  Offset offset{};                    ///< Where the image begins in the remote file.
  std::optional<ByteCount> length;    ///< The image's size; none: up to the end of the remote file.
  std::string file_name;              ///< The last part of the URL's path, decoded; empty when that ends in "/".
  std::vector<std::string> members;   ///< Of an archive at `url`: what to show of it, each in the archive before it.
  bool archives_are_folders = false;  ///< Archives are shown as folders of their members.
  bool optional = false;              ///< The mount starts without it when it fails.
  bool prefetch_all = false;          ///< Fetch all of it into the disk cache, in the background.
  /// Where a map of its extents is: an absolute file name, or a URL; empty: there is none.
  std::string extents;
  http::ServerAccess access;
  s3::Options s3;  ///< Of an S3 source.
};

}  // namespace rimfs::catalog
