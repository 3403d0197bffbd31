// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "fs/filesystem.h"

namespace rimfs::fs {

/// What the mount does, as JSON: the value of the attribute user.rimfs.status of its root, which `rimfs status` reads.
/// So whoever may look into a mount may ask it how it is, and there is no socket to be found, guarded or left behind.
std::string status_json(const Filesystem& filesystem);

}  // namespace rimfs::fs
