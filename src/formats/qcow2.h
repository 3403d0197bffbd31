// SPDX-License-Identifier: MIT
// qcow2, versions 2 and 3 (docs/interop/qcow2.txt of QEMU). The first cluster contains a header and its extensions. The
// entries of a first-level table refer to second-level tables of one cluster each; their entries refer to the data.
#pragma once

#include <optional>
#include <vector>

#include "formats/guest_extent.h"
#include "formats/survey.h"

namespace rimfs::formats {

/// The fields of the header, checked against the limits of the specification. A plain value.
struct Qcow2Header {
  std::uint32_t version = 0;
  unsigned cluster_bits = 0;     ///< The binary logarithm of the cluster size: 9 to 21.
  std::uint64_t guest_size = 0;  ///< The size of the guest's disk in bytes.
  std::uint64_t l1_offset = 0;   ///< The position of the first-level table.
  std::uint64_t l1_entries = 0;  ///< The number of entries of 8 bytes that the disk needs in the first-level table.
  std::uint64_t refcounts = 0;   ///< The position of the refcount table.
  std::uint64_t refcounts_size = 0;
  std::uint64_t snapshots = 0;  ///< The position of the snapshot table.
  std::uint32_t snapshot_count = 0;
  std::uint32_t header_size = 0;
  bool data_file = false;         ///< The data is in another file.
  bool extended_entries = false;  ///< Entries have 16 bytes, and clusters have 32 subclusters.

  /// Parses the image's first bytes; nothing when they are not a valid header.
  static std::optional<Qcow2Header> parse(Bytes first);

  std::uint64_t cluster_size() const { return std::uint64_t{1} << cluster_bits; }
  std::uint64_t entry_size() const { return extended_entries ? 16 : 8; }
  /// The bytes of the guest's disk that one second-level table covers.
  std::uint64_t table_reach() const { return cluster_size() / entry_size() * cluster_size(); }
};

/// The position of the second-level table of a first-level entry; 0 when there is none.
std::uint64_t qcow2_table_offset(std::uint64_t l1_entry);

/// The data that one second-level table refers to, in the guest's order; adjacent extents are not joined. `guest` is
/// the position on the disk where the table's part begins.
std::vector<GuestExtent> qcow2_extents(const Qcow2Header& header, Bytes table, std::uint64_t guest);

/// Requests the image's tables. Returns false when it is not a qcow2 image.
bool qcow2_tables(Survey& survey);

}  // namespace rimfs::formats
