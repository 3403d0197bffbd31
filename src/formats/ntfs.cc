// SPDX-License-Identifier: MIT
#include "formats/volumes.h"

namespace rimfs::formats {
namespace {

/// The 16 system files and several more, 1 KiB each: among them the root directory, the bitmap, the log and the table
/// itself.
constexpr std::uint64_t kFirstFiles = 64 << 10;
constexpr std::uint64_t kMirrorSize = 4096;

/// The size of a cluster; 0 when it is invalid. The sizes of large clusters are stored as negative powers of two.
std::uint64_t cluster_size(Bytes boot) {
  const std::uint64_t sector = little_endian<std::uint16_t>(boot, 11);
  const auto sectors = static_cast<unsigned>(boot[13]);
  if (sector < 256 || sector > 4096) return 0;
  if (sectors <= 0x80) return sector * sectors;
  return sectors >= 0xf0 ? sector << (256 - sectors) : 0;
}

}  // namespace

bool ntfs_tables(Survey& survey, std::uint64_t begin, Bytes head) {
  if (!has_text(head, 3, "NTFS    ") || head.size() < 512) return false;
  const std::uint64_t cluster = cluster_size(head);
  if (cluster == 0) return true;
  survey.fetch(plus(begin, times(little_endian<std::uint64_t>(head, 48), cluster)), kFirstFiles);
  survey.fetch(plus(begin, times(little_endian<std::uint64_t>(head, 56), cluster)), kMirrorSize);
  return true;
}

}  // namespace rimfs::formats
