// SPDX-License-Identifier: MIT
#include "formats/volumes.h"

namespace rimfs::formats {
namespace {

constexpr std::size_t kSuperblock = 1024;
constexpr std::uint16_t kMagic = 0xef53;
constexpr std::uint32_t kMetaGroups = 0x10;
constexpr std::uint32_t k64Bit = 0x80;
/// The size of the start of the inode table. It holds the inodes 1 to 11, including the root directory's (2), for
/// inodes of up to 256 bytes, and the root directory's for inodes of up to 2 KiB.
constexpr std::uint64_t kFirstInodes = 4096;

/// The size of the group descriptors that are contiguous after the superblock.
std::uint64_t descriptors_size(Bytes super, std::uint64_t block, std::uint64_t each) {
  const auto features = little_endian<std::uint32_t>(super, 0x60);
  const std::uint64_t high = (features & k64Bit) != 0 ? little_endian<std::uint32_t>(super, 0x150) : 0;
  const std::uint64_t blocks = high << 32 | little_endian<std::uint32_t>(super, 0x4);
  const auto per_group = little_endian<std::uint32_t>(super, 0x20);
  if (per_group == 0) return 0;
  const std::uint64_t size = times(divided_up(blocks, per_group), each);
  const std::uint64_t together = times(little_endian<std::uint32_t>(super, 0x104), block);
  return (features & kMetaGroups) != 0 ? std::min(size, together) : size;
}

}  // namespace

bool ext4_tables(Survey& survey, std::uint64_t begin, Bytes head) {
  if (head.size() < kSuperblock * 2) return false;
  const Bytes super = head.subspan(kSuperblock);
  const auto block_log = little_endian<std::uint32_t>(super, 0x18);
  if (little_endian<std::uint16_t>(super, 0x38) != kMagic || block_log > 6) return false;
  const std::uint64_t block = std::uint64_t{1024} << block_log;
  const bool wide = (little_endian<std::uint32_t>(super, 0x60) & k64Bit) != 0;
  const std::uint64_t each = wide ? std::max<std::uint64_t>(little_endian<std::uint16_t>(super, 0xfe), 64) : 32;
  const std::uint64_t table = plus(begin, (std::uint64_t{little_endian<std::uint32_t>(super, 0x14)} + 1) * block);
  const Bytes first = survey.look(table, each);
  survey.fetch(table, descriptors_size(super, block, each));
  if (first.empty()) return true;
  const std::uint64_t high = wide ? little_endian<std::uint32_t>(first, 0x28) : 0;
  const std::uint64_t inodes = high << 32 | little_endian<std::uint32_t>(first, 0x8);
  if (inodes != 0) survey.fetch(plus(begin, times(inodes, block)), kFirstInodes);
  return true;
}

}  // namespace rimfs::formats
