// SPDX-License-Identifier: MIT
#include "formats/vhdx.h"

namespace rimfs::formats {
namespace {

constexpr std::uint64_t kHeaders[] = {64 << 10, 128 << 10};
constexpr std::uint64_t kRegionTables[] = {192 << 10, 256 << 10};
constexpr std::uint64_t kHeaderSize = 4096;
constexpr std::uint64_t kTableSize = 64 << 10;
/// Two regions are defined; a table with more than this is damaged or malicious.
constexpr std::uint32_t kMostRegions = 64;
/// The metadata table, followed by the few bytes of each item.
constexpr std::uint64_t kMetadataTable = 64 << 10;
constexpr std::uint64_t kMetadataItems = 4096;

// GUIDs as stored in the file: the first three fields are little-endian.
constexpr std::string_view kAllocationTable("\x66\x77\xc2\x2d\x23\xf6\x00\x42\x9d\x64\x11\x5e\x9b\xfd\x4a\x08", 16);
constexpr std::string_view kMetadata("\x06\xa2\x7c\x8b\x90\x47\xd6\x4b\xb8\xfe\x57\x5f\x05\x0f\x88\x6e", 16);

void fetch_regions(Survey& survey, Bytes table) {
  const auto count = std::min(little_endian<std::uint32_t>(table, 8), kMostRegions);
  for (std::size_t at = 16; at < 16 + std::size_t{count} * 32; at += 32) {
    const auto offset = little_endian<std::uint64_t>(table, at + 16);
    const auto size = little_endian<std::uint32_t>(table, at + 24);
    if (has_text(table, at, kMetadata)) {
      survey.fetch(offset, kHeaderSize);  // the used part of the table
      survey.fetch(plus(offset, kMetadataTable), kMetadataItems);
    } else if (has_text(table, at, kAllocationTable)) {
      survey.fetch(offset, size);
    }
  }
}

}  // namespace

bool vhdx_tables(Survey& survey) {
  const Bytes first = survey.look(0, std::min<std::uint64_t>(survey.size().value, 4096));
  if (!has_text(first, 0, "vhdxfile")) return false;
  for (const std::uint64_t header : kHeaders) survey.fetch(header, kHeaderSize);
  for (const std::uint64_t table : kRegionTables) {
    const Bytes regions = survey.look(table, kHeaderSize);
    survey.fetch(table, kTableSize);  // requested as a whole: its checksum covers all of it
    if (!has_text(regions, 0, "regi")) continue;
    fetch_regions(survey, regions);
  }
  return true;
}

}  // namespace rimfs::formats
