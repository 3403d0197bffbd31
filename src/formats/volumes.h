// SPDX-License-Identifier: MIT
// The kinds of volume in a partition, and the tables that a kernel or an inspection reads first.
#pragma once

#include "formats/survey.h"

namespace rimfs::formats {

/// The number of bytes at the start of a partition that identify its content: superblocks and labels of all kinds.
constexpr std::uint64_t kVolumeHead = 4096;

// Each function requests the tables of the volume at `begin`, whose first bytes are `head`. Returns false when the
// volume is of another kind.

/// ext2, ext3, ext4 ("ext4 Data Structures and Algorithms" of the Linux documentation): the group descriptors and the
/// first inodes.
bool ext4_tables(Survey& survey, std::uint64_t begin, Bytes head);

/// XFS ("XFS Algorithms & Data Structures"): the headers of the allocation groups and the root directory's inode.
bool xfs_tables(Survey& survey, std::uint64_t begin, Bytes head);

/// NTFS (the boot sector as documented by Microsoft): the start of the master file table and its mirror.
bool ntfs_tables(Survey& survey, std::uint64_t begin, Bytes head);

/// LVM2 physical volumes (format_text/layout.h of LVM2): the metadata areas and the text they refer to.
bool lvm_tables(Survey& survey, std::uint64_t begin, Bytes head);

/// Reads the volume's first bytes and requests its tables. Returns false when the volume is of no known kind.
bool volume_tables(Survey& survey, std::uint64_t begin);

}  // namespace rimfs::formats
