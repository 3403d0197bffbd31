// SPDX-License-Identifier: MIT
// VHDX: [MS-VHDX] of Microsoft. Two headers and two region tables at fixed places in the first MiB; the table names the
// regions of the block allocation table and of the metadata.
#pragma once

#include "formats/survey.h"

namespace rimfs::formats {

/// False when it is no VHDX.
bool vhdx_tables(Survey& survey);

}  // namespace rimfs::formats
