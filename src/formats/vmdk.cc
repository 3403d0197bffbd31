// SPDX-License-Identifier: MIT
#include "formats/vmdk.h"

#include <algorithm>

namespace rimfs::formats {
namespace {

constexpr std::uint64_t kSector = 512;
constexpr std::uint32_t kCompressedFlag = 1 << 16;
constexpr std::uint32_t kNothing = 0;  // a grain that was never written
constexpr std::uint32_t kZero = 1;     // a grain of zeros
/// The limit for directories: 64 Ki tables of 32 MiB each cover 2 TiB.
constexpr std::uint64_t kMostTables = (256 << 10) / 4;

/// True for a descriptor: a small text file that contains the names of the extents' files.
bool is_descriptor(Bytes first) { return has_text(first, 0, "# Disk DescriptorFile"); }

void fetch_tables(Survey& survey, const VmdkHeader& header, std::uint64_t directory) {
  const std::uint64_t tables = std::min(header.tables(), kMostTables);
  const Bytes entries = survey.look(times(directory, kSector), tables * 4);
  for (std::size_t at = 0; at + 4 <= entries.size(); at += 4) {
    const auto sector = little_endian<std::uint32_t>(entries, at);
    if (sector != 0) survey.fetch(sector * kSector, header.table_size());
  }
}

}  // namespace

std::optional<VmdkHeader> VmdkHeader::parse(Bytes sector) {
  if (!has_text(sector, 0, "KDMV") || sector.size() < kSector) return std::nullopt;
  const auto version = little_endian<std::uint32_t>(sector, 4);
  if (version < 1 || version > 3) return std::nullopt;
  VmdkHeader header;
  header.compressed = (little_endian<std::uint32_t>(sector, 8) & kCompressedFlag) != 0;
  header.capacity = little_endian<std::uint64_t>(sector, 12);
  header.grain = little_endian<std::uint64_t>(sector, 20);
  header.descriptor = little_endian<std::uint64_t>(sector, 28);
  header.descriptor_size = little_endian<std::uint64_t>(sector, 36);
  header.entries_per_table = little_endian<std::uint32_t>(sector, 44);
  header.redundant_directory = little_endian<std::uint64_t>(sector, 48);
  header.directory = little_endian<std::uint64_t>(sector, 56);
  const bool power_of_two = header.grain != 0 && (header.grain & (header.grain - 1)) == 0;
  // Every known file has 512 entries. Grains have 4 KiB to 64 KiB; those of other writers up to 64 MiB.
  if (!power_of_two || header.grain > 0x20000 || header.entries_per_table == 0 || header.entries_per_table > 4096) {
    return std::nullopt;
  }
  return header;
}

std::uint64_t VmdkHeader::tables() const { return divided_up(capacity, grain * entries_per_table); }

std::vector<GuestExtent> vmdk_extents(const VmdkHeader& header, Bytes table, std::uint64_t guest,
                                      std::uint64_t table_sector, ByteCount file_size) {
  std::vector<std::uint64_t> begins{table_sector > 0 ? table_sector - 1 : 0, divided_up(file_size.value, kSector)};
  for (std::size_t at = 0; at + 4 <= table.size(); at += 4) begins.push_back(little_endian<std::uint32_t>(table, at));
  std::sort(begins.begin(), begins.end());

  std::vector<GuestExtent> extents;
  const std::uint64_t grain = header.grain * kSector;
  const std::uint64_t guest_end = times(header.capacity, kSector);
  for (std::size_t at = 0; at + 4 <= table.size() && guest < guest_end; at += 4, guest += grain) {
    const auto sector = little_endian<std::uint32_t>(table, at);
    if (sector == kNothing || sector == kZero) continue;
    const std::uint64_t size = std::min(grain, guest_end - guest);
    std::uint64_t end = sector * kSector + size;
    if (header.compressed) {
      const auto next = std::upper_bound(begins.begin(), begins.end(), sector);
      if (next == begins.end()) continue;  // beyond the end of the file
      end = *next * kSector;
    }
    extents.push_back({{Offset{sector * kSector}, Offset{end}}, Offset{guest}, ByteCount{size}, header.compressed});
  }
  return extents;
}

bool vmdk_tables(Survey& survey) {
  const Bytes first = survey.look(0, std::min<std::uint64_t>(survey.size().value, 4096));
  if (is_descriptor(first)) return true;  // the whole descriptor is in these bytes
  const std::optional<VmdkHeader> header = VmdkHeader::parse(first);
  if (!header) return false;
  const std::optional<VmdkHeader> footer =
      header->directory == VmdkHeader::kAtEnd
          ? VmdkHeader::parse(survey.look(vmdk_footer_offset(survey.size()), kSector))
          : std::nullopt;
  const VmdkHeader& telling = footer ? *footer : *header;
  survey.fetch(times(header->descriptor, kSector), times(header->descriptor_size, kSector));
  if (telling.directory == VmdkHeader::kAtEnd) return true;  // the footer is missing, or not known yet
  fetch_tables(survey, telling, telling.directory);
  survey.fetch(times(telling.redundant_directory, kSector), telling.tables() * 4);
  return true;
}

}  // namespace rimfs::formats
