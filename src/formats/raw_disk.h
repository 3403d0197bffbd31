// SPDX-License-Identifier: MIT
// Raw disks: partitions by MBR (with its chain of logical partitions) or GPT (UEFI Specification, chapter 5), or a
// volume without partitions.
#pragma once

#include "formats/survey.h"

namespace rimfs::formats {

/// Requests the tables of the disk. Returns false when nothing is recognised.
bool raw_disk_tables(Survey& survey);

}  // namespace rimfs::formats
