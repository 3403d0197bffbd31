// SPDX-License-Identifier: MIT
// The records of a zip archive that say where its members lie. Source: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3
// and 4.4; extra fields 0x5455 and Unix modes: Info-ZIP's proginfo/extrafld.txt. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/units.h"

namespace rimfs::archives {

/// Sizes of the fixed parts of the records.
constexpr ByteCount kZipEndRecord = {22}, kZip64Locator = {20}, kZip64EndRecord = {56}, kZipEntry = {46},
                    kZipLocalHeader = {30};
/// The largest entry of the directory: its name, extra fields and comment have at most 65,535 bytes each.
constexpr ByteCount kLargestZipEntry = {kZipEntry.value + 3 * std::uint64_t{65535}};

/// What the end of an archive says of its directory. A plain value.
struct ZipEnd {
  std::uint64_t at = 0;      ///< Where the record lies.
  std::uint64_t count = 0;   ///< Of entries.
  std::uint64_t size = 0;    ///< Of the directory.
  std::uint64_t offset = 0;  ///< Of the directory, from where the archive begins.
  bool split = false;        ///< The archive has other parts.
};

/// The end record in the last bytes of an archive, which begin at `from`: the last one whose comment ends with the
/// archive, or else the last one that may be true. Nothing when there is none.
std::optional<ZipEnd> find_zip_end(std::span<const std::byte> tail, std::uint64_t from);

/// What the locator in these bytes says: where ZIP64's end record lies. Nothing when it is none.
std::optional<std::uint64_t> read_zip64_locator(std::span<const std::byte> bytes);
/// ZIP64's end record in these bytes, which lie at `at`.
std::optional<ZipEnd> read_zip64_end(std::span<const std::byte> bytes, std::uint64_t at);

/// One entry of the directory. A plain value.
struct ZipEntry {
  std::string path;
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint64_t compressed_size = 0;
  std::uint64_t size = 0;
  std::uint64_t offset = 0;  ///< Of the local header, from where the archive begins.
  std::uint32_t disk = 0;
  bool symbolic_link = false;
  bool has_all_sizes = true;  ///< False when a size that ZIP64 should have is missing.
  std::optional<std::int64_t> modified;
  ByteCount entry_size;  ///< Of the entry itself.
};

enum class ZipEntryFault { incomplete, other };
/// The entry that begins these bytes. Nothing when they hold no whole one; then `fault` says why.
std::optional<ZipEntry> read_zip_entry(std::span<const std::byte> bytes, ZipEntryFault& fault);
/// True for the digital signature that may stand behind the entries.
bool is_zip_signature(std::span<const std::byte> bytes);

/// A local header, as far as it matters. A plain value.
struct ZipLocalHeader {
  std::uint16_t method = 0;
  ByteCount size;  ///< Of the header: the bytes of the member stand behind it.
};
std::optional<ZipLocalHeader> read_zip_local_header(std::span<const std::byte> bytes);

/// Why a member cannot be read where it lies. Empty: it can be.
std::string zip_refusal(const ZipEntry& entry);

}  // namespace rimfs::archives
