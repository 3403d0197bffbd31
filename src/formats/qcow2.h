// SPDX-License-Identifier: MIT
// qcow2, versions 2 and 3: docs/interop/qcow2.txt of QEMU. A header and its extensions in the first cluster; a
// first-level table whose entries point to second-level tables of one cluster each, whose entries point to the data.
#pragma once

#include <optional>
#include <vector>

#include "formats/guest_extent.h"
#include "formats/survey.h"

namespace rimfs::formats {

/// What the header says, within the limits of the specification. A plain value.
struct Qcow2Header {
  std::uint32_t version = 0;
  unsigned cluster_bits = 0;     ///< 9 to 21.
  std::uint64_t guest_size = 0;  ///< In bytes.
  std::uint64_t l1_offset = 0;   ///< The first-level table,
  std::uint64_t l1_entries = 0;  ///< as many entries as the disk needs, 8 bytes each.
  std::uint64_t refcounts = 0;   ///< The refcount table,
  std::uint64_t refcounts_size = 0;
  std::uint64_t snapshots = 0;  ///< The snapshot table,
  std::uint32_t snapshot_count = 0;
  std::uint32_t header_size = 0;
  bool data_file = false;         ///< The data is in another file.
  bool extended_entries = false;  ///< Entries of 16 bytes, clusters in 32 parts.

  /// Nothing when `first`, the image's first bytes, is no such header.
  static std::optional<Qcow2Header> parse(Bytes first);

  std::uint64_t cluster_size() const { return std::uint64_t{1} << cluster_bits; }
  std::uint64_t entry_size() const { return extended_entries ? 16 : 8; }
  /// Bytes of the guest's disk that one second-level table is about.
  std::uint64_t table_reach() const { return cluster_size() / entry_size() * cluster_size(); }
};

/// Where the second-level table of this entry of the first lies; 0: nowhere.
std::uint64_t qcow2_table_offset(std::uint64_t l1_entry);

/// The data that one second-level table points to, in the guest's order, neighbours not joined. `guest`: where the
/// table's part of the disk begins.
std::vector<GuestExtent> qcow2_extents(const Qcow2Header& header, Bytes table, std::uint64_t guest);

/// False when it is no qcow2.
bool qcow2_tables(Survey& survey);

}  // namespace rimfs::formats
