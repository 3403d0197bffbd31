// SPDX-License-Identifier: MIT
// One header of a tar archive: 512 bytes. Sources: IEEE Std 1003.1 pax, "ustar Interchange Format"; GNU tar's manual,
// "Basic Tar Format"; libarchive's tar(5) for V7, GNU and star. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/units.h"

namespace rimfs::archives {

/// The size of a header; the bytes of a member are filled up to a multiple of it.
constexpr ByteCount kTarBlock = {512};

/// What a header says. A plain value.
struct TarHeader {
  char type = '0';   ///< The type flag; that of V7, NUL, reads as '0'.
  std::string path;  ///< With the prefix of ustar.
  std::string link;  ///< The target of a link.
  std::uint64_t size = 0;
  std::optional<std::int64_t> modified;

  /// Old GNU sparse files (type S) only: the size of the file, and whether blocks with more of its map follow.
  std::uint64_t real_size = 0;
  bool map_goes_on = false;
};

/// The header in these 512 bytes. Nothing when they are none: the checksum is wrong, or the size is no number.
std::optional<TarHeader> read_tar_header(std::span<const std::byte> block);

/// True for the end mark of an archive, whose bytes are all zero.
bool is_end_mark(std::span<const std::byte> block);

/// True when another block of the map of an old GNU sparse file follows this one.
bool sparse_map_goes_on(std::span<const std::byte> block);

/// A number field: octal digits with blanks and NULs around them, or GNU's base 256. A field without digits is 0.
/// Nothing when it holds anything else, or a number beyond 64 bits.
std::optional<std::int64_t> tar_number(std::span<const std::byte> field);

}  // namespace rimfs::archives
