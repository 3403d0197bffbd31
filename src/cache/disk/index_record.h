// SPDX-License-Identifier: MIT
// The records of an image's index: their bytes are listed in src/cache/disk/README.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace rimfs::cache::disk {

/// The stored content of one block. A value.
struct StoredBlock {
  std::uint32_t block = 0;  ///< The block's number in the image.
  std::uint32_t used = 0;   ///< The last recorded time of a write or read, in seconds since 1970.
  std::uint64_t data = 0;   ///< Bit i: chunk i is in the data file.
  std::uint64_t zero = 0;   ///< Bit i: chunk i is all zeros and is not in the data file.
  std::uint64_t sum = 0;    ///< The XXH3 of each run of `data` chunks, seeded with the sum of the runs before it.

  std::uint64_t chunks() const { return data | zero; }
  /// True when both records describe the same bytes.
  bool same_bytes(const StoredBlock& other) const {
    return block == other.block && data == other.data && zero == other.zero && sum == other.sum;
  }
  bool operator==(const StoredBlock&) const = default;
};

/// 40 bytes, little-endian: block (4), used (4), data (8), zero (8), sum (8), XXH3 of these 32 seeded with the image's
/// key (8). A record without chunks removes the block.
inline constexpr std::size_t kRecordSize = 40;
using RecordBytes = std::array<std::byte, kRecordSize>;

/// The header of an index, 40 bytes as well: "rimfsidx" (8), version (4), block size (4), image size (8), key (8), XXH3
/// of these 32 (8).
struct IndexHeader {
  std::uint32_t block_size = 0;
  std::uint64_t image_size = 0;
  std::uint64_t key = 0;
  bool operator==(const IndexHeader&) const = default;
};

RecordBytes encode(const StoredBlock& block, std::uint64_t key);
/// Returns nothing for bytes that are not a valid record of the image with this key.
std::optional<StoredBlock> decode(std::span<const std::byte, kRecordSize> bytes, std::uint64_t key);
RecordBytes encode(const IndexHeader& header);
std::optional<IndexHeader> decode_header(std::span<const std::byte, kRecordSize> bytes);

/// The number of blocks of the image.
std::size_t most_blocks(const IndexHeader& header);
/// False for a record of a block or of chunks that the image does not have. Such a record is not used, even if its
/// checksum is right.
bool is_possible(const StoredBlock& block, const IndexHeader& header);

}  // namespace rimfs::cache::disk
