// SPDX-License-Identifier: MIT
// seSparse ("space-efficient sparse"), version 2.1: the X-sesparse.vmdk of a snapshot of an ESXi server. VMware
// publishes no specification; these are the facts that block/vmdk.c of QEMU relies on. All offsets and sizes are in
// sectors of 512 bytes, all fields little-endian with 8 bytes. A constant header and a volatile one precede the grain
// directory, the area of the grain tables and the area of the grains; directory and tables contain indices into these
// areas.
#pragma once

#include <optional>
#include <vector>

#include "formats/guest_extent.h"
#include "formats/survey.h"

namespace rimfs::formats {

/// The fields of the constant header. A plain value.
struct SeSparseHeader {
  std::uint64_t capacity = 0;           ///< The size of the guest's disk, in sectors.
  std::uint64_t volatile_header = 0;    ///< The sector of the volatile header.
  std::uint64_t directory = 0;          ///< The sector of the grain directory.
  std::uint64_t directory_sectors = 0;  ///< The size of the grain directory; may be more than the disk needs.
  std::uint64_t tables_area = 0;        ///< The sector of the grain table 0.
  std::uint64_t grains_area = 0;        ///< The sector of the grain 0.

  static constexpr std::uint64_t kSector = 512;
  static constexpr std::uint64_t kGrain = 4096;            ///< The size of a grain in bytes, in every known file.
  static constexpr std::uint64_t kEntriesPerTable = 4096;  ///< Of 8 bytes each, in every known file.
  static constexpr std::uint64_t kTableSize = kEntriesPerTable * 8;
  /// The bytes of the guest's disk that one grain table covers.
  static constexpr std::uint64_t kTableReach = kEntriesPerTable * kGrain;

  /// Parses the image's first sector. Nothing when it is not a constant header, or has another version, other sizes or
  /// flags: their meaning is unknown.
  static std::optional<SeSparseHeader> parse(Bytes sector);

  /// The number of directory entries that the disk needs, of 8 bytes each.
  std::uint64_t tables() const;
};

/// The position in bytes of the grain table of a directory entry; 0 when there is none.
std::uint64_t se_sparse_table_offset(const SeSparseHeader& header, std::uint64_t directory_entry);

/// The data that one grain table refers to, in the guest's order; adjacent extents are not joined. `guest` is the
/// position on the disk where the table's part begins.
std::vector<GuestExtent> se_sparse_extents(const SeSparseHeader& header, Bytes table, std::uint64_t guest);

/// True when the tables are up to date. False when the journal contains changes of the tables that were not applied
/// (the disk is in use, or its host failed), or when `sector` is not a volatile header.
bool se_sparse_is_clean(Bytes sector);

/// Requests the image's tables. Returns false when it is not a seSparse image.
bool se_sparse_tables(Survey& survey);

}  // namespace rimfs::formats
