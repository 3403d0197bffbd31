// SPDX-License-Identifier: MIT
// VDI of VirtualBox, version 1.1: VDICore.h of VirtualBox, block/vdi.c of QEMU. A header and one map with an entry of
// 4 bytes for each block.
#pragma once

#include "formats/survey.h"

namespace rimfs::formats {

/// False when it is no VDI.
bool vdi_tables(Survey& survey);

}  // namespace rimfs::formats
