// SPDX-License-Identifier: MIT
#pragma once

#include "catalog/source_kind.h"

namespace rimfs::catalog::web {

/// Images and folders on web servers: every http or https URL that no other module recognises.
extern const SourceModule kModule;

/// One image at a URL.
extern const SourceKind& kImage;

}  // namespace rimfs::catalog::web
