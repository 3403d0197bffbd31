// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "catalog/vsphere/inventory.h"

namespace rimfs::catalog::vsphere {

/// How a server wants its /folder URLs written. A value; the defaults are what most servers accept.
///
/// Servers decode dcPath and dsName twice, so a name with "+", "&" or "%" must be encoded twice (libguestfs' virt-v2v,
/// commit a5fe9fd4; ansible's vsphere_copy). The simulator of govmomi decodes them once. Whether the path is decoded
/// once or twice, whether a folder's URL ends with a slash, and whether dcPath begins with one, differs between
/// reports.
struct Spelling {
  bool query_twice = true;     ///< dcPath and dsName are encoded twice.
  bool path_twice = false;     ///< The path is encoded twice.
  bool leading_slash = false;  ///< dcPath begins with "/".
  bool folder_slash = true;    ///< The path of a folder ends with "/".

  bool operator==(const Spelling&) const = default;
};

/// The URL of the file or folder at `place`, whose datastore is not null. `server`: any URL of the server. Pure.
std::string folder_url(const std::string& server, const Place& place, bool folder, const Spelling& spelling);

/// Path and query of that URL. Pure.
std::string folder_target(const Place& place, bool folder, const Spelling& spelling);

/// The spellings to try for `place` in this order: `first`, then each other one that makes another URL. Pure.
std::vector<Spelling> spellings_of(const Place& place, bool folder, const Spelling& first);

}  // namespace rimfs::catalog::vsphere
