// SPDX-License-Identifier: MIT
#include "archives/archive_kind.h"

#include <algorithm>

#include "archives/tar_header.h"

namespace rimfs::archives {

namespace {

using namespace std::string_view_literals;

struct Magic {
  std::string_view bytes;
  ArchiveKind kind;
};

/// Sources: APPNOTE.TXT 4.3 (zip; "PK\7\8" begins a split archive); RFC 1952 (gzip); RFC 8878 (zstd); the xz file
/// format 2.1.1.1; lzip's and 7-Zip's documentation; RAR 5.0 archive format.
constexpr Magic kMagics[] = {
    {"PK\3\4"sv, ArchiveKind::zip},
    {"PK\5\6"sv, ArchiveKind::zip},
    {"PK\7\x08"sv, ArchiveKind::zip},
    {"\xFD\x37zXZ\0"sv, ArchiveKind::xz},
    {"\x28\xB5\x2F\xFD"sv, ArchiveKind::zstd},
    {"\x1F\x8B"sv, ArchiveKind::gzip},
    {"LZIP"sv, ArchiveKind::lzip},
    {"7z\xBC\xAF\x27\x1C"sv, ArchiveKind::seven_zip},
    {"Rar!\x1A\x07"sv, ArchiveKind::rar},
};

/// Any of the 16 magics of a skippable frame (RFC 8878, 3.1.2), which pzstd begins with.
bool is_skippable_frame(std::string_view text) {
  return text.size() >= 4 && (static_cast<unsigned char>(text[0]) & 0xF0) == 0x50 &&
         text.substr(1, 3) == "\x2A\x4D\x18"sv;
}

/// Its three letters are not enough: the block, or the end of an empty file, that follows has a magic of its own.
bool is_bzip2(std::string_view text) {
  if (text.size() < 10 || !text.starts_with("BZh") || text[3] < '1' || text[3] > '9') return false;
  return text.substr(4, 6) == "\x31\x41\x59\x26\x53\x59"sv || text.substr(4, 6) == "\x17\x72\x45\x38\x50\x90"sv;
}

}  // namespace

ArchiveKind archive_kind(std::span<const std::byte> beginning) {
  // A checksum over 512 bytes is better evidence than a magic, which may be the name of the first member. A block of
  // zeros is the end mark of an empty tar archive, but it is more often a disk or a file that is being written.
  if (read_tar_header(beginning.first(std::min<std::size_t>(beginning.size(), kTarBlock.value)))) {
    return ArchiveKind::tar;
  }
  const std::string_view text(reinterpret_cast<const char*>(beginning.data()), beginning.size());
  for (const Magic& magic : kMagics) {
    if (text.starts_with(magic.bytes)) return magic.kind;
  }
  if (is_skippable_frame(text)) return ArchiveKind::zstd;
  return is_bzip2(text) ? ArchiveKind::bzip2 : ArchiveKind::unknown;
}

std::string_view name_of(ArchiveKind kind) {
  switch (kind) {
    case ArchiveKind::tar:
      return "a tar archive";
    case ArchiveKind::zip:
      return "a zip archive";
    case ArchiveKind::xz:
      return "an xz file";
    case ArchiveKind::zstd:
      return "a zstd file";
    case ArchiveKind::gzip:
      return "a gzip file";
    case ArchiveKind::bzip2:
      return "a bzip2 file";
    case ArchiveKind::lzip:
      return "an lzip file";
    case ArchiveKind::seven_zip:
      return "a 7z archive";
    case ArchiveKind::rar:
      return "a RAR archive";
    case ArchiveKind::unknown:
      break;
  }
  return "a file of an unknown kind";
}

}  // namespace rimfs::archives
