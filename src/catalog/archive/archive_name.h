// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace rimfs::catalog::archive {

/// True for a file that is shown as a folder when archives are: by the end of its name, in any case. Pure.
bool is_archive_name(std::string_view name);

/// The name of what a compressed file of this name contains: "disk.img" for "disk.img.xz", "a.tar" for "a.txz". Pure.
std::string content_name(std::string_view name);

}  // namespace rimfs::catalog::archive
