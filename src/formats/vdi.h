// SPDX-License-Identifier: MIT
// VDI of VirtualBox, version 1.1 (VDICore.h of VirtualBox, block/vdi.c of QEMU): a header and one map with an entry of
// 4 bytes for each block.
#pragma once

#include "formats/survey.h"

namespace rimfs::formats {

/// Requests the image's tables. Returns false when it is not a VDI image.
bool vdi_tables(Survey& survey);

}  // namespace rimfs::formats
