// SPDX-License-Identifier: MIT
#pragma once

#include "catalog/source_kind.h"

namespace rimfs::catalog::s3 {

/// Buckets, prefixes and objects of S3 and of servers like it: "s3://BUCKET/...".
extern const SourceModule kModule;

/// True for a source of this module. Pure.
bool is_s3(const Source& source);

}  // namespace rimfs::catalog::s3
