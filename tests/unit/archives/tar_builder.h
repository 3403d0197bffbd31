// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace rimfs::archives::test {

/// The fields of one header of a tar archive, as text. A plain value.
struct TarFields {
  std::string name = {};
  char type = '0';
  std::string size = "0";  ///< As it stands in the field.
  std::string link = {};
  std::string magic{"ustar\00000", 8};
  std::string prefix = {};
  std::string modified = "00000000012";
  bool signed_sum = false;
  std::string tail = {};  ///< Replaces the bytes from `tail_at` on.
  std::size_t tail_at = 345;
};

inline std::string octal(std::uint64_t number) { return fmt::format("{:011o}", number); }

/// GNU's base 256.
inline std::string base_256(std::uint64_t number) {
  std::string field(12, '\0');
  for (std::size_t i = 0; i < 8; ++i) field[11 - i] = static_cast<char>(number >> (8 * i));
  field[0] = '\x80';
  return field;
}

inline std::string tar_block(const TarFields& fields) {
  std::string block(512, '\0');
  const auto put = [&](std::size_t at, std::string_view text) { block.replace(at, text.size(), text); };
  put(0, fields.name);
  put(124, fields.size);
  put(136, fields.modified);
  put(148, "        ");
  block[156] = fields.type;
  put(157, fields.link);
  put(257, fields.magic);
  put(345, fields.prefix);
  put(fields.tail_at, fields.tail);
  long sum = 0;
  for (const char c : block) {
    sum += fields.signed_sum ? static_cast<long>(static_cast<signed char>(c))
                             : static_cast<long>(static_cast<unsigned char>(c));
  }
  put(148, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
  return block;
}

/// Bytes, filled up to whole blocks.
inline std::string padded(std::string bytes) {
  bytes.resize((bytes.size() + 511) / 512 * 512);
  return bytes;
}

/// A member with its bytes.
inline std::string tar_member(TarFields fields, const std::string& bytes) {
  fields.size = octal(bytes.size());
  return tar_block(fields) + padded(bytes);
}
inline std::string tar_file(const std::string& name, const std::string& bytes = "x") {
  return tar_member({.name = name}, bytes);
}

/// One record of pax.
inline std::string record(const std::string& key, const std::string& value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t size = rest + 1;
  while (std::to_string(size).size() + rest != size) ++size;
  return std::to_string(size) + " " + key + "=" + value + "\n";
}
inline std::string pax(const std::string& records, char type = 'x') {
  return tar_member({.name = "pax", .type = type}, records);
}

inline std::string end_mark() { return std::string(1024, '\0'); }

}  // namespace rimfs::archives::test
