// SPDX-License-Identifier: MIT
#include "formats/volumes.h"

namespace rimfs::formats {
namespace {

constexpr std::size_t kSector = 512;
constexpr std::size_t kLabelSectors = 4;  // the label is in one of these sectors
constexpr std::uint64_t kAreaHeader = 512;
/// The limit for the metadata text of a volume group. Large groups have several hundred KiB.
constexpr std::uint64_t kLargestText = 1 << 20;
/// A physical volume has one data area and at most two metadata areas.
constexpr unsigned kMostAreas = 8;

/// Fetches the text that the area's header refers to. The text wraps around at the end of the area.
void fetch_text(Survey& survey, std::uint64_t area, std::uint64_t area_size, Bytes header) {
  if (!has_text(header, 4, " LVM2 x[5A%r0N*>")) return;
  const auto offset = little_endian<std::uint64_t>(header, 40);
  const std::uint64_t size = std::min(little_endian<std::uint64_t>(header, 48), kLargestText);
  if (offset == 0 || offset >= area_size) return;
  const std::uint64_t before_end = std::min(size, area_size - offset);
  survey.fetch(plus(area, offset), before_end);
  survey.fetch(plus(area, kAreaHeader), size - before_end);
}

/// Processes the lists of areas after the header. Each entry has offset and size; zeros end a list. The first list is
/// for data, the second for metadata.
void fetch_areas(Survey& survey, std::uint64_t begin, Bytes head, std::size_t at) {
  unsigned list = 0;
  for (unsigned i = 0; i < kMostAreas && list < 2 && at + 16 <= head.size(); ++i, at += 16) {
    const auto offset = little_endian<std::uint64_t>(head, at);
    const auto size = little_endian<std::uint64_t>(head, at + 8);
    if (offset == 0) {
      ++list;
    } else if (list == 1) {
      const std::uint64_t area = plus(begin, offset);
      fetch_text(survey, area, size, survey.look(area, kAreaHeader));
    }
  }
}

}  // namespace

bool lvm_tables(Survey& survey, std::uint64_t begin, Bytes head) {
  for (std::size_t label = 0; label < kLabelSectors * kSector; label += kSector) {
    if (!has_text(head, label, "LABELONE") || !has_text(head, label + 24, "LVM2 001")) continue;
    const auto offset = little_endian<std::uint32_t>(head, label + 20);
    if (offset < kSector) fetch_areas(survey, begin, head, label + offset + 40);  // skips the identity and the size
    return true;
  }
  return false;
}

}  // namespace rimfs::formats
