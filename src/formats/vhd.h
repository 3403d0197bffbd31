// SPDX-License-Identifier: MIT
// VHD ("Virtual Hard Disk Image Format Specification" 1.0 of Microsoft). Dynamic and differencing disks have a footer
// at the end and a copy of it at the beginning, a dynamic header and a block allocation table. A fixed disk is a raw
// disk followed by the footer, and is handled as a raw disk.
#pragma once

#include "formats/survey.h"

namespace rimfs::formats {

/// Requests the image's tables. Returns false when it is not a dynamic VHD.
bool vhd_tables(Survey& survey);

}  // namespace rimfs::formats
