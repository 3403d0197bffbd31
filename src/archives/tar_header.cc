// SPDX-License-Identifier: MIT
#include "archives/tar_header.h"

#include <algorithm>
#include <limits>
#include <string_view>

namespace rimfs::archives {

namespace {

using Bytes = std::span<const std::byte>;

/// Where a field lies in a header.
struct Field {
  std::size_t at;
  std::size_t size;
};
constexpr Field kName{0, 100}, kSize{124, 12}, kModified{136, 12}, kChecksum{148, 8}, kType{156, 1}, kLink{157, 100},
    kMagic{257, 6}, kPrefix{345, 155};
/// The prefix of star, which has times behind it and "tar\0" at the end of the block.
constexpr Field kStarPrefix{345, 131}, kStarTrailer{508, 4};
/// Old GNU sparse files: in the header, and in a block of the map.
constexpr Field kMapGoesOn{482, 1}, kRealSize{483, 12}, kMapGoesOnInMap{504, 1};

Bytes bytes_of(Bytes block, Field field) { return block.subspan(field.at, field.size); }

/// Up to the first NUL, or the whole field.
std::string_view text_of(Bytes block, Field field) {
  const std::string_view text(reinterpret_cast<const char*>(block.data()) + field.at, field.size);
  return text.substr(0, text.find('\0'));
}

bool has(Bytes block, Field field, std::string_view value) {
  return std::string_view(reinterpret_cast<const char*>(block.data()) + field.at, field.size) == value;
}

bool is_blank(char c) { return c == ' ' || c == '\0'; }

/// GNU: the first bit of the first byte is set, the rest is a big-endian number in two's complement.
std::optional<std::int64_t> base_256(Bytes field) {
  const bool negative = (field[0] & std::byte{0x40}) != std::byte{0};
  std::uint64_t number = negative ? ~std::uint64_t{0} : 0;
  for (std::size_t i = 0; i < field.size(); ++i) {
    auto byte = std::to_integer<std::uint64_t>(field[i]);
    if (i == 0) byte = negative ? byte | 0x80 : byte & 0x7f;  // the marker is replaced by the sign
    const std::uint64_t lost = number >> 55;                  // the bits that leave, and the sign that stays
    if (lost != 0 && lost != (~std::uint64_t{0} >> 55)) return std::nullopt;
    number = number << 8 | byte;
  }
  if ((number >> 63 != 0) != negative) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

/// The sum of all bytes, with blanks in place of the checksum. Old programs added signed characters.
bool is_checksum_right(Bytes block) {
  const std::optional<std::int64_t> expected = tar_number(bytes_of(block, kChecksum));
  if (!expected) return false;
  std::int64_t sum = 0, signed_sum = 0;
  for (std::size_t i = 0; i < kTarBlock.value; ++i) {
    const bool inside = i >= kChecksum.at && i < kChecksum.at + kChecksum.size;
    const auto byte = inside ? std::uint8_t{' '} : std::to_integer<std::uint8_t>(block[i]);
    sum += byte;
    signed_sum += static_cast<std::int8_t>(byte);
  }
  return *expected == sum || *expected == signed_sum;
}

/// Only the magic of ustar says that a prefix is one: GNU has other fields there.
std::string path_of(Bytes block) {
  std::string path(text_of(block, kName));
  if (!has(block, kMagic, std::string_view("ustar\0", kMagic.size))) return path;
  const bool star = has(block, kStarTrailer, std::string_view("tar\0", kStarTrailer.size));
  const std::string_view prefix = text_of(block, star ? kStarPrefix : kPrefix);
  return prefix.empty() ? path : std::string(prefix) + "/" + path;
}

}  // namespace

std::optional<std::int64_t> tar_number(Bytes field) {
  if (field.empty()) return 0;
  if ((field[0] & std::byte{0x80}) != std::byte{0}) return base_256(field);
  std::string_view text(reinterpret_cast<const char*>(field.data()), field.size());
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  std::int64_t number = 0;
  for (std::size_t i = 0; i < text.size() && !is_blank(text[i]); ++i) {  // what stands behind a blank is old garbage
    if (text[i] < '0' || text[i] > '7') return std::nullopt;
    if (number > std::numeric_limits<std::int64_t>::max() / 8) return std::nullopt;
    number = number * 8 + (text[i] - '0');
  }
  return number;
}

std::optional<TarHeader> read_tar_header(Bytes block) {
  if (block.size() < kTarBlock.value || !is_checksum_right(block)) return std::nullopt;
  const std::optional<std::int64_t> size = tar_number(bytes_of(block, kSize));
  if (!size || *size < 0) return std::nullopt;
  TarHeader header;
  const char type = static_cast<char>(block[kType.at]);
  header.type = type == '\0' ? '0' : type;
  header.path = path_of(block);
  header.link = text_of(block, kLink);
  header.size = static_cast<std::uint64_t>(*size);
  header.modified = tar_number(bytes_of(block, kModified));
  if (type == 'S') {
    const std::optional<std::int64_t> real_size = tar_number(bytes_of(block, kRealSize));
    header.real_size = real_size && *real_size > 0 ? static_cast<std::uint64_t>(*real_size) : 0;
    header.map_goes_on = block[kMapGoesOn.at] != std::byte{0};
  }
  return header;
}

bool is_end_mark(Bytes block) {
  return std::all_of(block.begin(), block.end(), [](std::byte byte) { return byte == std::byte{0}; });
}

bool sparse_map_goes_on(Bytes block) {
  return block.size() > kMapGoesOnInMap.at && block[kMapGoesOnInMap.at] != std::byte{0};
}

}  // namespace rimfs::archives
