// SPDX-License-Identifier: MIT
#pragma once

#include "catalog/source_kind.h"

namespace rimfs::catalog::webdav {

/// Folders and files on WebDAV servers: dav://HOST/PATH (http) and davs://HOST/PATH (https).
extern const SourceModule kModule;

/// True for a source of this module.
bool is_webdav(const Source& source);

}  // namespace rimfs::catalog::webdav
