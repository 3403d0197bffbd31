// SPDX-License-Identifier: MIT
// VHDX ([MS-VHDX] of Microsoft): two headers and two region tables at fixed positions in the first MiB. The region
// table contains the regions of the block allocation table and of the metadata.
#pragma once

#include "formats/survey.h"

namespace rimfs::formats {

/// Requests the image's tables. Returns false when it is not a VHDX image.
bool vhdx_tables(Survey& survey);

}  // namespace rimfs::formats
