// SPDX-License-Identifier: MIT
// VMDK: "Virtual Disk Format 5.0" of VMware. Sparse extents (monolithicSparse, streamOptimized): a header, a directory
// of grain tables, which point to grains; all offsets count sectors of 512 bytes.
#pragma once

#include <optional>
#include <vector>

#include "formats/guest_extent.h"
#include "formats/survey.h"

namespace rimfs::formats {

/// What the header of a sparse extent says. A plain value.
struct VmdkHeader {
  std::uint64_t capacity = 0;             ///< Sectors of the guest's disk.
  std::uint64_t grain = 0;                ///< Sectors of a grain: a power of two.
  std::uint64_t entries_per_table = 0;    ///< Of 4 bytes each.
  std::uint64_t directory = 0;            ///< The grain directory's sector, kAtEnd: the footer tells,
  std::uint64_t redundant_directory = 0;  ///< its copy's, 0: none.
  std::uint64_t descriptor = 0;           ///< Sector and sectors of the descriptor, 0: none.
  std::uint64_t descriptor_size = 0;
  bool compressed = false;  ///< Grains are compressed, and begin with a marker.

  static constexpr std::uint64_t kAtEnd = ~std::uint64_t{0};

  /// Nothing when `sector` is no such header. The footer at the end of a stream is one, too.
  static std::optional<VmdkHeader> parse(Bytes sector);

  std::uint64_t tables() const;  ///< Entries of the directory, 4 bytes each.
  std::uint64_t table_size() const { return entries_per_table * 4; }
  /// Bytes of the guest's disk that one grain table is about.
  std::uint64_t table_reach() const { return times(times(grain, entries_per_table), 512); }
};

/// Where the footer of a stream lies in a file of this size: a sector and the end marker follow it.
constexpr std::uint64_t vmdk_footer_offset(ByteCount size) { return (size - ByteCount{1024}).value; }

/// The data that one grain table points to, in the guest's order. `guest`: where its part of the disk begins.
/// `table_sector`: where the table lies. A compressed grain's end is not told; it is taken to end where the next one,
/// or the table with its marker, begins.
std::vector<GuestExtent> vmdk_extents(const VmdkHeader& header, Bytes table, std::uint64_t guest,
                                      std::uint64_t table_sector, ByteCount file_size);

/// False when it is no VMDK, neither a sparse extent nor a descriptor.
bool vmdk_tables(Survey& survey);

}  // namespace rimfs::formats
