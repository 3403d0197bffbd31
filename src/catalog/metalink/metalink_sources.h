// SPDX-License-Identifier: MIT
#pragma once

#include "catalog/source_kind.h"

namespace rimfs::catalog::metalink {

/// Metalink documents: URLs whose path ends with ".meta4" (version 4) or ".metalink" (version 3.0).
extern const SourceModule kModule;

}  // namespace rimfs::catalog::metalink
