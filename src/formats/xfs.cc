// SPDX-License-Identifier: MIT
#include "formats/volumes.h"

namespace rimfs::formats {
namespace {

/// mkfs makes 4 to 32 groups. A volume that was grown has more; the first ones are read first.
constexpr std::uint32_t kMostGroups = 256;
constexpr std::uint64_t kHeaderSectors = 4;  // superblock, free space, inodes, free list

/// The block of an inode. The inode's number consists of group, block in the group, and position in the block.
std::uint64_t block_of_inode(std::uint64_t inode, Bytes super, std::uint64_t group_blocks) {
  const unsigned in_block = static_cast<unsigned>(super[123]);
  const unsigned in_group = static_cast<unsigned>(super[124]);
  if (in_block > 16 || in_group > 31) return ~std::uint64_t{0};
  const std::uint64_t group = inode >> (in_block + in_group);
  const std::uint64_t block = inode >> in_block & ((std::uint64_t{1} << in_group) - 1);
  return plus(times(group, group_blocks), block);
}

}  // namespace

bool xfs_tables(Survey& survey, std::uint64_t begin, Bytes head) {
  if (!has_text(head, 0, "XFSB") || head.size() < 512) return false;
  const std::uint64_t block = big_endian<std::uint32_t>(head, 4);
  const std::uint64_t group_blocks = big_endian<std::uint32_t>(head, 84);
  const std::uint32_t groups = std::min(big_endian<std::uint32_t>(head, 88), kMostGroups);
  const std::uint64_t sector = big_endian<std::uint16_t>(head, 102);
  if (block < 512 || block > 65536 || sector < 512 || sector > 32768) return false;
  const std::uint64_t root = block_of_inode(big_endian<std::uint64_t>(head, 56), head, group_blocks);
  survey.fetch(plus(begin, times(root, block)), block);
  for (std::uint64_t group = 0; group < groups; ++group) {
    survey.fetch(plus(begin, times(times(group, group_blocks), block)), sector * kHeaderSectors);
  }
  return true;
}

}  // namespace rimfs::formats
