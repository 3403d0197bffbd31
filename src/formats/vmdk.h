// SPDX-License-Identifier: MIT
// VMDK: the sparse extents of VMware. All offsets are in sectors of 512 bytes.
//   "KDMV"  hosted sparse extents: monolithicSparse, streamOptimized ("Virtual Disk Format 5.0" of VMware)
//   "COWD"  extents of an ESX server: vmfsSparse, the X-delta.vmdk of a snapshot (documentation of libvmdk,
//           block/vmdk.c of QEMU)
// Both have a header and a directory of grain tables, which refer to grains. A third kind is in se_sparse.h.
#pragma once

#include <optional>
#include <vector>

#include "formats/guest_extent.h"
#include "formats/survey.h"

namespace rimfs::formats {

/// The fields of the header of a sparse extent of either kind. A plain value.
struct VmdkHeader {
  std::uint64_t capacity = 0;             ///< The size of the guest's disk, in sectors.
  std::uint64_t grain = 0;                ///< The size of a grain in sectors; a power of two.
  std::uint64_t entries_per_table = 0;    ///< The number of entries of a grain table, of 4 bytes each.
  std::uint64_t directory = 0;            ///< The sector of the grain directory; kAtEnd when the footer contains it.
  std::uint64_t redundant_directory = 0;  ///< The sector of the directory's copy; 0 when there is none.
  std::uint64_t descriptor = 0;           ///< The sector of the descriptor; 0 when there is none.
  std::uint64_t descriptor_size = 0;
  std::uint64_t tables = 0;    ///< The number of directory entries that the disk needs, of 4 bytes each.
  bool compressed = false;     ///< Grains are compressed and begin with a marker.
  bool zeroed_grains = false;  ///< The entry 1 stands for zeros. Otherwise it is the sector 1.

  static constexpr std::uint64_t kAtEnd = ~std::uint64_t{0};

  /// Parses a header; nothing when `sector` is not one. The footer at the end of a stream has the same format.
  static std::optional<VmdkHeader> parse(Bytes sector);

  /// True when an entry of the directory or of a grain table is the sector of a table or a grain. False when that was
  /// never written (the guest sees the parent, or zeros) or is known to be zero.
  bool is_sector(std::uint32_t entry) const { return entry != 0 && !(zeroed_grains && entry == 1); }
  std::uint64_t table_size() const { return entries_per_table * 4; }
  /// The bytes of the guest's disk that one grain table covers.
  std::uint64_t table_reach() const { return times(times(grain, entries_per_table), 512); }
};

/// True for a descriptor: a text file that contains the names of the extents' files, and no table.
bool is_vmdk_descriptor(Bytes first);

/// The position of the footer of a stream in a file of this size. The footer's sector and the end marker are the last
/// two.
constexpr std::uint64_t vmdk_footer_offset(ByteCount size) { return (size - ByteCount{1024}).value; }

/// The data that one grain table refers to, in the guest's order. `guest` is the position on the disk where the table's
/// part begins; `table_sector` is the position of the table. The size of a compressed grain is not stored in the table;
/// the grain is assumed to end where the next grain, or the table with its marker, begins.
std::vector<GuestExtent> vmdk_extents(const VmdkHeader& header, Bytes table, std::uint64_t guest,
                                      std::uint64_t table_sector, ByteCount file_size);

/// Requests the image's tables. Returns false when it is not a VMDK image (neither a sparse extent nor a descriptor).
bool vmdk_tables(Survey& survey);

}  // namespace rimfs::formats
