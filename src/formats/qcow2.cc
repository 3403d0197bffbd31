// SPDX-License-Identifier: MIT
#include "formats/qcow2.h"

namespace rimfs::formats {
namespace {

constexpr std::uint32_t kMagic = 0x514649fb;  // "QFI\xfb"
constexpr std::uint64_t kOffsetBits = 0x00fffffffffffe00;
constexpr std::uint64_t kCompressed = std::uint64_t{1} << 62;
constexpr std::uint64_t kReadsAsZero = 1;
constexpr std::uint64_t kSector = 512;
constexpr unsigned kParts = 32;  // the subclusters of a cluster with extended entries

/// Extensions whose tables are read when the image is opened.
constexpr std::uint32_t kEncryptionHeader = 0x0537be77;  // offset, length
constexpr std::uint32_t kBitmaps = 0x23852875;           // count, reserved, size, offset of the directory

/// An entry of the snapshot table has 40 bytes, an identity and a name; few entries exceed this size.
constexpr std::uint64_t kSnapshotSize = 256;
constexpr std::uint64_t kLargestSnapshotTable = 64 << 10;
/// No known writer makes more extensions.
constexpr unsigned kMostExtensions = 16;

void fetch_extension(Survey& survey, Bytes extension, std::uint32_t kind) {
  if (kind == kEncryptionHeader) {
    survey.fetch(big_endian<std::uint64_t>(extension, 0), big_endian<std::uint64_t>(extension, 8));
  } else if (kind == kBitmaps) {
    survey.fetch(big_endian<std::uint64_t>(extension, 16), big_endian<std::uint64_t>(extension, 8));
  }
}

void fetch_extensions(Survey& survey, Bytes first, std::size_t at) {
  for (unsigned i = 0; i < kMostExtensions && at + 8 <= first.size(); ++i) {
    const auto kind = big_endian<std::uint32_t>(first, at);
    const auto size = big_endian<std::uint32_t>(first, at + 4);
    at += 8;
    if (kind == 0 || size > first.size() - at) return;
    fetch_extension(survey, first.subspan(at, size), kind);
    at += (std::size_t{size} + 7) / 8 * 8;
  }
}

/// `first` must include at least the header fields up to the name of the backing file.
void fetch_header_tables(Survey& survey, const Qcow2Header& header, Bytes first) {
  survey.fetch(header.refcounts, header.refcounts_size);
  if (header.snapshot_count > 0) {
    survey.fetch(header.snapshots, std::min(kSnapshotSize * header.snapshot_count, kLargestSnapshotTable));
  }
  survey.fetch(big_endian<std::uint64_t>(first, 8), big_endian<std::uint32_t>(first, 16));  // the backing file's name
  fetch_extensions(survey, first, header.header_size);
}

/// Adds the allocated subclusters of a cluster, as runs. Bits 0 to 31: allocated; bits 32 to 63: reads as zero.
void add_parts(std::vector<GuestExtent>& extents, std::uint64_t bitmap, std::uint64_t in_file, std::uint64_t guest,
               std::uint64_t cluster) {
  const std::uint64_t part = cluster / kParts;
  for (unsigned i = 0; i < kParts; ++i) {
    if ((bitmap >> i & 1) == 0) continue;
    unsigned end = i + 1;
    while (end < kParts && (bitmap >> end & 1) != 0) ++end;
    const ByteCount size{part * (end - i)};
    extents.push_back({range_of(Offset{in_file + i * part}, size), Offset{guest + i * part}, size, false});
    i = end;
  }
}

/// A compressed cluster. The offset has 62 - (cluster_bits - 8) bits; the remaining bits are the number of additional
/// sectors that it touches.
GuestExtent compressed_extent(const Qcow2Header& header, std::uint64_t entry, std::uint64_t guest) {
  const unsigned bits = 62 - (header.cluster_bits - 8);
  const std::uint64_t offset = entry & ((std::uint64_t{1} << bits) - 1);
  const std::uint64_t sectors = ((entry & (kCompressed - 1)) >> bits) + 1;
  const std::uint64_t end = (offset / kSector + sectors) * kSector;
  return {{Offset{offset}, Offset{end}}, Offset{guest}, ByteCount{header.cluster_size()}, true};
}

}  // namespace

std::optional<Qcow2Header> Qcow2Header::parse(Bytes first) {
  Qcow2Header header;
  header.version = big_endian<std::uint32_t>(first, 4);
  if (big_endian<std::uint32_t>(first, 0) != kMagic || header.version < 2 || header.version > 3) return std::nullopt;
  header.cluster_bits = big_endian<std::uint32_t>(first, 20);
  if (header.cluster_bits < 9 || header.cluster_bits > 21) return std::nullopt;
  header.guest_size = big_endian<std::uint64_t>(first, 24);
  header.l1_offset = big_endian<std::uint64_t>(first, 40);
  header.refcounts = big_endian<std::uint64_t>(first, 48);
  header.refcounts_size = times(big_endian<std::uint32_t>(first, 56), header.cluster_size());
  header.snapshot_count = big_endian<std::uint32_t>(first, 60);
  header.snapshots = big_endian<std::uint64_t>(first, 64);
  header.header_size = header.version == 2 ? 72 : big_endian<std::uint32_t>(first, 100);
  if (header.version == 3) {
    const auto incompatible = big_endian<std::uint64_t>(first, 72);
    header.data_file = (incompatible >> 2 & 1) != 0;
    header.extended_entries = (incompatible >> 4 & 1) != 0;
  }
  if (header.extended_entries && header.cluster_bits < 14) return std::nullopt;  // a limit of the specification
  const std::uint64_t needed = divided_up(header.guest_size, header.table_reach());
  header.l1_entries = std::min<std::uint64_t>(big_endian<std::uint32_t>(first, 36), needed);
  return header;
}

std::uint64_t qcow2_table_offset(std::uint64_t l1_entry) { return l1_entry & kOffsetBits; }

std::vector<GuestExtent> qcow2_extents(const Qcow2Header& header, Bytes table, std::uint64_t guest) {
  std::vector<GuestExtent> extents;
  const std::uint64_t cluster = header.cluster_size();
  const std::uint64_t step = header.entry_size();
  for (std::size_t at = 0; at + step <= table.size() && guest < header.guest_size; at += step, guest += cluster) {
    const auto entry = big_endian<std::uint64_t>(table, at);
    const std::uint64_t offset = entry & kOffsetBits;
    if ((entry & kCompressed) != 0) {
      extents.push_back(compressed_extent(header, entry, guest));
    } else if (offset != 0 && header.extended_entries) {
      add_parts(extents, big_endian<std::uint64_t>(table, at + 8), offset, guest, cluster);
    } else if (offset != 0 && (entry & kReadsAsZero) == 0) {
      extents.push_back({range_of(Offset{offset}, ByteCount{cluster}), Offset{guest}, ByteCount{cluster}, false});
    }
  }
  return extents;
}

bool qcow2_tables(Survey& survey) {
  const Bytes first = survey.look(0, std::min<std::uint64_t>(survey.size().value, 4096));
  const std::optional<Qcow2Header> header = Qcow2Header::parse(first);
  if (!header) return false;
  // A table that does not fit is truncated: its beginning is as useful as a whole smaller table.
  const std::uint64_t entries = std::min<std::uint64_t>(header->l1_entries, (1 << 20) / 8);
  const Bytes l1 = survey.look(header->l1_offset, entries * 8);
  fetch_header_tables(survey, *header, first);
  for (std::size_t at = 0; at + 8 <= l1.size(); at += 8) {
    const std::uint64_t table = qcow2_table_offset(big_endian<std::uint64_t>(l1, at));
    if (table != 0) survey.fetch(table, header->cluster_size());
  }
  return true;
}

}  // namespace rimfs::formats
