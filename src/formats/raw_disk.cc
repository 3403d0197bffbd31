// SPDX-License-Identifier: MIT
#include "formats/raw_disk.h"

#include "formats/volumes.h"

namespace rimfs::formats {
namespace {

constexpr std::uint64_t kSector = 512;
constexpr std::size_t kEntries = 446;  // the MBR's four entries of 16 bytes each
constexpr unsigned kProtective = 0xee;
/// Logical partitions form a chain; each link costs a round trip.
constexpr unsigned kLongestChain = 16;
/// The number of entries that GPT reserves and every tool writes.
constexpr std::uint32_t kMostGptEntries = 128;

struct MbrEntry {
  unsigned status;
  unsigned type;
  std::uint64_t start;  ///< The start of the partition, in sectors.

  bool extended() const { return type == 0x05 || type == 0x0f || type == 0x85; }
};

MbrEntry entry_of(Bytes sector, std::size_t index) {
  const Bytes bytes = sector.subspan(kEntries + index * 16, 16);
  return {static_cast<unsigned>(bytes[0]), static_cast<unsigned>(bytes[4]), little_endian<std::uint32_t>(bytes, 8)};
}

bool has_signature(Bytes sector) {
  return sector.size() >= kSector && little_endian<std::uint16_t>(sector, 510) == 0xaa55;
}

/// Distinguishes a partition table from the boot sector of a file system, which ends with the same two bytes but
/// contains code there.
bool is_partition_table(Bytes sector) {
  if (!has_signature(sector) || has_text(sector, 3, "NTFS    ")) return false;
  bool used = false;
  for (std::size_t i = 0; i < 4; ++i) {
    const MbrEntry entry = entry_of(sector, i);
    if ((entry.status & 0x7f) != 0) return false;
    used = used || (entry.type != 0 && entry.start != 0);
  }
  return used;
}

void chain_tables(Survey& survey, std::uint64_t first) {
  std::uint64_t at = first;
  for (unsigned i = 0; i < kLongestChain; ++i) {
    const Bytes sector = survey.look(at * kSector, kSector);
    if (!has_signature(sector)) return;
    const MbrEntry volume = entry_of(sector, 0);
    if (volume.type != 0 && volume.start != 0) volume_tables(survey, (at + volume.start) * kSector);
    const MbrEntry next = entry_of(sector, 1);
    if (!next.extended() || next.start == 0) return;
    at = first + next.start;
  }
}

void mbr_tables(Survey& survey, Bytes sector) {
  for (std::size_t i = 0; i < 4; ++i) {
    const MbrEntry entry = entry_of(sector, i);
    if (entry.type == 0 || entry.start == 0) continue;
    if (entry.extended()) {
      chain_tables(survey, entry.start);
    } else {
      volume_tables(survey, entry.start * kSector);
    }
  }
}

/// Requests the header and entries at both ends of the disk, and the tables of the partitions.
bool gpt_tables(Survey& survey, std::uint64_t sector) {
  const Bytes header = survey.look(sector, 512);
  if (!has_text(header, 0, "EFI PART")) return false;
  const std::uint64_t size = little_endian<std::uint32_t>(header, 84);
  const std::uint32_t count = std::min(little_endian<std::uint32_t>(header, 80), kMostGptEntries);
  if (size < 128 || size > 4096) return true;
  const std::uint64_t reserved = std::uint64_t{kMostGptEntries} * 128 + sector;  // the copy's entries, then its header
  const std::uint64_t copy = times(little_endian<std::uint64_t>(header, 32), sector);
  const std::uint64_t end = copy < survey.size().value ? copy + sector : survey.size().value;
  survey.fetch(end - std::min(end, reserved), reserved);
  const Bytes entries = survey.look(times(little_endian<std::uint64_t>(header, 72), sector), count * size);
  for (std::size_t at = 0; at + size <= entries.size(); at += size) {
    const bool used = (little_endian<std::uint64_t>(entries, at) | little_endian<std::uint64_t>(entries, at + 8)) != 0;
    if (used) volume_tables(survey, times(little_endian<std::uint64_t>(entries, at + 32), sector));
  }
  return true;
}

}  // namespace

bool raw_disk_tables(Survey& survey) {
  const Bytes first = survey.look(0, std::min<std::uint64_t>(survey.size().value, 4096));
  if (!is_partition_table(first)) return volume_tables(survey, 0);
  const bool gpt = entry_of(first, 0).type == kProtective;
  if (gpt && (gpt_tables(survey, 512) || gpt_tables(survey, 4096))) return true;  // sectors of 512 or 4096 bytes
  mbr_tables(survey, first);
  return true;
}

}  // namespace rimfs::formats
