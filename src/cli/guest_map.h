// SPDX-License-Identifier: MIT
#pragma once

#include "cli/commands.h"

namespace rimfs::cli {

/// Runs `rimfs map --guest [--json] FILE`: prints which extents of a qcow2 or sparse VMDK file hold which extents of
/// the guest's disk. Reads the file's tables, through the mount if the file is in one. Returns the exit status. Throws
/// Error.
int guest_map_command(const MapOptions& options);

}  // namespace rimfs::cli
