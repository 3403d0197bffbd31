// SPDX-License-Identifier: MIT
#pragma once

#include "catalog/source_kind.h"

namespace rimfs::catalog::vsphere {

/// The datastores of a vCenter or ESXi server: vsphere:// URLs, and the server's own /folder pages.
extern const SourceModule kModule;

}  // namespace rimfs::catalog::vsphere
