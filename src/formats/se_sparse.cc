// SPDX-License-Identifier: MIT
#include "formats/se_sparse.h"

#include <algorithm>

namespace rimfs::formats {
namespace {

constexpr std::uint64_t kConstantMagic = 0xcafebabe;
constexpr std::uint64_t kVolatileMagic = 0xcafecafe;
constexpr std::uint64_t kVersion = 0x200000001;  // 2.1
/// The limit for directories, 1 MiB: enough for 2 TiB. Servers make it so large for smaller disks, too.
constexpr std::uint64_t kLargestDirectory = 1 << 20;
/// Tables of 16 MiB, the most that a plan requests.
constexpr std::size_t kMostTables = 512;

// The type of an entry is in its highest four bits.
constexpr unsigned kTypeBits = 60;
constexpr std::uint64_t kTableAllocated = 1;
constexpr std::uint64_t kGrainAllocated = 3;  // 0: never written; 1: unmapped by the guest; 2: zeros

std::uint64_t type_of(std::uint64_t entry) { return entry >> kTypeBits; }

/// The index of an allocated grain. Bits 48 to 59 of the entry are its lowest 12 bits, bits 0 to 47 the others.
std::uint64_t grain_index(std::uint64_t entry) { return (entry >> 48 & 0xfff) | (entry & 0xffff'ffff'ffff) << 12; }

/// Requests the disk's first tables. They lie one after the other in the order in which the guest wrote them first:
/// sorted by position they are few large ranges.
void fetch_tables(Survey& survey, const SeSparseHeader& header, Bytes directory) {
  std::vector<std::uint64_t> tables;
  for (std::size_t at = 0; at + 8 <= directory.size() && tables.size() < kMostTables; at += 8) {
    const std::uint64_t table = se_sparse_table_offset(header, little_endian<std::uint64_t>(directory, at));
    if (table != 0) tables.push_back(table);
  }
  std::sort(tables.begin(), tables.end());
  for (const std::uint64_t table : tables) survey.fetch(table, SeSparseHeader::kTableSize);
}

}  // namespace

std::optional<SeSparseHeader> SeSparseHeader::parse(Bytes sector) {
  const auto field = [&](std::size_t number) { return little_endian<std::uint64_t>(sector, number * 8); };
  if (sector.size() < kSector || field(0) != kConstantMagic || field(1) != kVersion) return std::nullopt;
  const std::uint64_t flags = field(5);
  if (times(field(3), kSector) != kGrain || times(field(4), kSector) != kTableSize || flags != 0) return std::nullopt;
  SeSparseHeader header;
  header.capacity = field(2);
  header.volatile_header = field(10);
  header.directory = field(16);
  header.directory_sectors = field(17);
  header.tables_area = field(18);
  header.grains_area = field(24);
  return header;
}

std::uint64_t SeSparseHeader::tables() const {
  return std::min(divided_up(capacity, kTableReach / kSector), times(directory_sectors, kSector / 8));
}

std::uint64_t se_sparse_table_offset(const SeSparseHeader& header, std::uint64_t directory_entry) {
  if (type_of(directory_entry) != kTableAllocated) return 0;
  const std::uint64_t index = directory_entry & ((std::uint64_t{1} << kTypeBits) - 1);
  return plus(times(header.tables_area, SeSparseHeader::kSector), times(index, SeSparseHeader::kTableSize));
}

std::vector<GuestExtent> se_sparse_extents(const SeSparseHeader& header, Bytes table, std::uint64_t guest) {
  std::vector<GuestExtent> extents;
  const std::uint64_t guest_end = times(header.capacity, SeSparseHeader::kSector);
  const std::uint64_t grains = times(header.grains_area, SeSparseHeader::kSector);
  for (std::size_t at = 0; at + 8 <= table.size() && guest < guest_end;
       at += 8, guest = plus(guest, SeSparseHeader::kGrain)) {
    const auto entry = little_endian<std::uint64_t>(table, at);
    if (type_of(entry) != kGrainAllocated) continue;
    const std::uint64_t size = std::min(SeSparseHeader::kGrain, guest_end - guest);
    const std::uint64_t begin = plus(grains, times(grain_index(entry), SeSparseHeader::kGrain));
    const std::uint64_t end = plus(begin, size);
    if (end - begin != size) continue;  // lies in no file
    extents.push_back({{Offset{begin}, Offset{end}}, Offset{guest}, ByteCount{size}, false});
  }
  return extents;
}

bool se_sparse_is_clean(Bytes sector) {
  const auto replay_journal = little_endian<std::uint64_t>(sector, 24);
  return little_endian<std::uint64_t>(sector, 0) == kVolatileMagic && replay_journal == 0;
}

bool se_sparse_tables(Survey& survey) {
  const Bytes first = survey.look(0, std::min<std::uint64_t>(survey.size().value, 4096));
  const std::optional<SeSparseHeader> header = SeSparseHeader::parse(first);
  if (!header) return false;
  const std::uint64_t directory = times(header->directory, SeSparseHeader::kSector);
  const std::uint64_t size = std::min(times(header->directory_sectors, SeSparseHeader::kSector), kLargestDirectory);
  const Bytes entries = survey.look(directory, std::min(header->tables() * 8, size));
  survey.fetch(times(header->volatile_header, SeSparseHeader::kSector), SeSparseHeader::kSector);
  survey.fetch(directory, size);  // QEMU reads all of it
  fetch_tables(survey, *header, entries);
  return true;
}

}  // namespace rimfs::formats
