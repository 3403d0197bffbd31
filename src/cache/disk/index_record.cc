// SPDX-License-Identifier: MIT
#include "cache/disk/index_record.h"

#include <algorithm>
#include <string_view>

#include "base/checksum.h"
#include "base/chunks.h"
#include "base/little_endian.h"
#include "cache/image_key.h"

namespace rimfs::cache::disk {
namespace {

constexpr std::string_view kMagic = "rimfsidx";
constexpr std::uint32_t kVersion = 3;
constexpr std::size_t kSummed = kRecordSize - 8;

ByteRange whole_of(const IndexHeader& header) { return {Offset{}, Offset{header.image_size}}; }

}  // namespace

RecordBytes encode(const StoredBlock& block, std::uint64_t key) {
  RecordBytes bytes{};
  put_little_endian(bytes, 0, block.block);
  put_little_endian(bytes, 4, block.used);
  put_little_endian(bytes, 8, block.data);
  put_little_endian(bytes, 16, block.zero);
  put_little_endian(bytes, 24, block.sum);
  put_little_endian(bytes, kSummed, xxh3_64(std::span(bytes).first(kSummed), key));
  return bytes;
}

std::optional<StoredBlock> decode(std::span<const std::byte, kRecordSize> bytes, std::uint64_t key) {
  if (get_little_endian<std::uint64_t>(bytes, kSummed) != xxh3_64(bytes.first(kSummed), key)) return std::nullopt;
  const StoredBlock block{get_little_endian<std::uint32_t>(bytes, 0), get_little_endian<std::uint32_t>(bytes, 4),
                          get_little_endian<std::uint64_t>(bytes, 8), get_little_endian<std::uint64_t>(bytes, 16),
                          get_little_endian<std::uint64_t>(bytes, 24)};
  if ((block.data & block.zero) != 0) return std::nullopt;
  return block;
}

RecordBytes encode(const IndexHeader& header) {
  RecordBytes bytes{};
  std::transform(kMagic.begin(), kMagic.end(), bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
  put_little_endian(bytes, 8, kVersion);
  put_little_endian(bytes, 12, header.block_size);
  put_little_endian(bytes, 16, header.image_size);
  put_little_endian(bytes, 24, header.key);
  put_little_endian(bytes, kSummed, xxh3_64(std::span(bytes).first(kSummed)));
  return bytes;
}

std::optional<IndexHeader> decode_header(std::span<const std::byte, kRecordSize> bytes) {
  const bool magic = std::equal(kMagic.begin(), kMagic.end(), bytes.begin(),
                                [](char c, std::byte b) { return static_cast<std::byte>(c) == b; });
  if (!magic || get_little_endian<std::uint32_t>(bytes, 8) != kVersion) return std::nullopt;
  if (get_little_endian<std::uint64_t>(bytes, kSummed) != xxh3_64(bytes.first(kSummed))) return std::nullopt;
  return IndexHeader{get_little_endian<std::uint32_t>(bytes, 12), get_little_endian<std::uint64_t>(bytes, 16),
                     get_little_endian<std::uint64_t>(bytes, 24)};
}

std::size_t most_blocks(const IndexHeader& header) {
  if (header.block_size == 0) return 0;
  return blocks_touched(whole_of(header), ByteCount{header.block_size}).size();
}

bool is_possible(const StoredBlock& block, const IndexHeader& header) {
  if (block.block >= most_blocks(header)) return false;
  const Geometry geometry = geometry_of(ByteCount{header.block_size});
  const ChunkMask there = chunks_touched(whole_of(header), {block.block}, geometry.block, geometry.chunk);
  return (block.chunks() & ~there) == 0;
}

}  // namespace rimfs::cache::disk
