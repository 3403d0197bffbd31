// SPDX-License-Identifier: MIT
// VHD: "Virtual Hard Disk Image Format Specification" 1.0 of Microsoft. Dynamic and differencing disks: a footer at the
// end and its copy at the begin, a dynamic header, a block allocation table. A fixed disk has only the footer behind
// the raw disk; what is there is found as in a raw disk.
#pragma once

#include "formats/survey.h"

namespace rimfs::formats {

/// False when it is no dynamic VHD.
bool vhd_tables(Survey& survey);

}  // namespace rimfs::formats
