// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "base/units.h"
#include "http/options.h"

namespace rimfs::catalog {

/// One remote image as the user named it: where it is and as which file the mount shows it. A plain value.
struct Source {
  std::string url;                  ///< http or https, without user and password: those are in `access`.
  std::string name;                 ///< The file's name in the mount; empty: from the URL.
  Offset offset{};                  ///< Where the image begins in the remote file.
  std::optional<ByteCount> length;  ///< The image's size; none: up to the end of the remote file.
  http::ServerAccess access;
};

}  // namespace rimfs::catalog
