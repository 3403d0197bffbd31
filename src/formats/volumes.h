// SPDX-License-Identifier: MIT
// What a partition may hold, and which of its tables a kernel or an inspection reads first.
#pragma once

#include "formats/survey.h"

namespace rimfs::formats {

/// A partition's first bytes, which are looked at to tell what it holds: superblocks and labels of all kinds.
constexpr std::uint64_t kVolumeHead = 4096;

// Each: false when the volume that begins at `begin`, and whose first bytes are `head`, is of another kind.

/// ext2, ext3, ext4 ("ext4 Data Structures and Algorithms" of the Linux documentation): the group descriptors and the
/// first inodes.
bool ext4_tables(Survey& survey, std::uint64_t begin, Bytes head);

/// XFS ("XFS Algorithms & Data Structures"): the headers of the allocation groups and the root directory's inode.
bool xfs_tables(Survey& survey, std::uint64_t begin, Bytes head);

/// NTFS (the boot sector as Microsoft documents it): the start of the master file table and its mirror.
bool ntfs_tables(Survey& survey, std::uint64_t begin, Bytes head);

/// LVM2 physical volumes (format_text/layout.h of LVM2): the metadata areas and the text they point to.
bool lvm_tables(Survey& survey, std::uint64_t begin, Bytes head);

/// Looks at the volume and wants its tables, whatever it holds. False: nothing known.
bool volume_tables(Survey& survey, std::uint64_t begin);

}  // namespace rimfs::formats
