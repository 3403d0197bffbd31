// SPDX-License-Identifier: MIT
#include "formats/vmdk.h"

#include <algorithm>

namespace rimfs::formats {
namespace {

constexpr std::uint64_t kSector = 512;
/// Known grains have 512 bytes (ESX server), and 4 KiB to 64 KiB (hosted); those of other writers up to 64 MiB.
constexpr std::uint64_t kLargestGrain = 0x20000;
/// Hosted extents have 512 in every known file.
constexpr std::uint64_t kMostEntriesPerTable = 4096;
constexpr std::uint64_t kEsxEntriesPerTable = 4096;
/// The limit for directories, 1 MiB: its tables cover 8 TiB of a hosted disk with grains of 64 KiB, and 512 GiB of an
/// ESX server's with grains of 512 bytes.
constexpr std::uint64_t kMostTables = (1 << 20) / 4;

// Flags of a hosted extent.
constexpr std::uint32_t kZeroedGrains = 1 << 2;
constexpr std::uint32_t kCompressed = 1 << 16;

/// True when the sizes are possible. Sets the number of tables.
bool complete(VmdkHeader& header) {
  const bool power_of_two = header.grain != 0 && (header.grain & (header.grain - 1)) == 0;
  if (!power_of_two || header.grain > kLargestGrain) return false;
  if (header.entries_per_table == 0 || header.entries_per_table > kMostEntriesPerTable) return false;
  header.tables = divided_up(header.capacity, header.grain * header.entries_per_table);
  return true;
}

std::optional<VmdkHeader> parse_hosted(Bytes sector) {
  const auto version = little_endian<std::uint32_t>(sector, 4);
  if (version < 1 || version > 3) return std::nullopt;
  const auto flags = little_endian<std::uint32_t>(sector, 8);
  VmdkHeader header;
  header.compressed = (flags & kCompressed) != 0;
  header.zeroed_grains = (flags & kZeroedGrains) != 0;
  header.capacity = little_endian<std::uint64_t>(sector, 12);
  header.grain = little_endian<std::uint64_t>(sector, 20);
  header.descriptor = little_endian<std::uint64_t>(sector, 28);
  header.descriptor_size = little_endian<std::uint64_t>(sector, 36);
  header.entries_per_table = little_endian<std::uint32_t>(sector, 44);
  header.redundant_directory = little_endian<std::uint64_t>(sector, 48);
  header.directory = little_endian<std::uint64_t>(sector, 56);
  return complete(header) ? std::optional(header) : std::nullopt;
}

/// The header of an ESX server's extent has 2048 bytes; what follows these fields are names and generations.
std::optional<VmdkHeader> parse_esx(Bytes sector) {
  if (little_endian<std::uint32_t>(sector, 4) != 1) return std::nullopt;
  VmdkHeader header;
  header.zeroed_grains = true;  // the sector 1 is a part of the header, and no grain
  header.capacity = little_endian<std::uint32_t>(sector, 12);
  header.grain = little_endian<std::uint32_t>(sector, 16);
  header.entries_per_table = kEsxEntriesPerTable;
  header.directory = little_endian<std::uint32_t>(sector, 20);
  if (!complete(header)) return std::nullopt;
  header.tables = std::min<std::uint64_t>(header.tables, little_endian<std::uint32_t>(sector, 24));
  return header;
}

void fetch_tables(Survey& survey, const VmdkHeader& header, std::uint64_t directory) {
  const std::uint64_t tables = std::min(header.tables, kMostTables);
  const Bytes entries = survey.look(times(directory, kSector), tables * 4);
  for (std::size_t at = 0; at + 4 <= entries.size(); at += 4) {
    const auto sector = little_endian<std::uint32_t>(entries, at);
    if (header.is_sector(sector)) survey.fetch(sector * kSector, header.table_size());
  }
}

/// The sectors where a compressed grain can end: there the next grain, the marker before the table, or nothing begins.
std::vector<std::uint64_t> sorted_begins(Bytes table, std::uint64_t table_sector, ByteCount file_size) {
  std::vector<std::uint64_t> begins{table_sector > 0 ? table_sector - 1 : 0, divided_up(file_size.value, kSector)};
  for (std::size_t at = 0; at + 4 <= table.size(); at += 4) begins.push_back(little_endian<std::uint32_t>(table, at));
  std::sort(begins.begin(), begins.end());
  return begins;
}

}  // namespace

bool is_vmdk_descriptor(Bytes first) { return has_text(first, 0, "# Disk DescriptorFile"); }

std::optional<VmdkHeader> VmdkHeader::parse(Bytes sector) {
  if (sector.size() < kSector) return std::nullopt;
  if (has_text(sector, 0, "KDMV")) return parse_hosted(sector);
  if (has_text(sector, 0, "COWD")) return parse_esx(sector);
  return std::nullopt;
}

std::vector<GuestExtent> vmdk_extents(const VmdkHeader& header, Bytes table, std::uint64_t guest,
                                      std::uint64_t table_sector, ByteCount file_size) {
  const std::vector<std::uint64_t> begins =
      header.compressed ? sorted_begins(table, table_sector, file_size) : std::vector<std::uint64_t>{};
  std::vector<GuestExtent> extents;
  const std::uint64_t grain = header.grain * kSector;
  const std::uint64_t guest_end = times(header.capacity, kSector);
  for (std::size_t at = 0; at + 4 <= table.size() && guest < guest_end; at += 4, guest = plus(guest, grain)) {
    const auto sector = little_endian<std::uint32_t>(table, at);
    if (!header.is_sector(sector)) continue;
    const std::uint64_t size = std::min(grain, guest_end - guest);
    std::uint64_t end = sector * kSector + size;
    if (header.compressed) {
      const auto next = std::upper_bound(begins.begin(), begins.end(), sector);
      if (next == begins.end()) continue;  // beyond the end of the file
      end = times(*next, kSector);
    }
    extents.push_back({{Offset{sector * kSector}, Offset{end}}, Offset{guest}, ByteCount{size}, header.compressed});
  }
  return extents;
}

bool vmdk_tables(Survey& survey) {
  const Bytes first = survey.look(0, std::min<std::uint64_t>(survey.size().value, 4096));
  if (is_vmdk_descriptor(first)) return true;  // the whole descriptor is in these bytes
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
  if (telling.redundant_directory != 0) {
    survey.fetch(times(telling.redundant_directory, kSector), telling.tables * 4);
  }
  return true;
}

}  // namespace rimfs::formats
