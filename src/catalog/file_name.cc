// SPDX-License-Identifier: MIT
#include "catalog/file_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/printable.h"

namespace rimfs::catalog {
namespace {

constexpr std::size_t kLongestName = 255;

unsigned char byte_at(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

/// C0, DEL and C1.
bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

/// FNV-1a: short names for long ones need no more.
std::uint32_t checksum(std::string_view text) {
  std::uint32_t sum = 2166136261u;
  for (const char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * 16777619u;
  return sum;
}

std::string shortened(const std::string& name) {
  std::size_t end = kLongestName - 9;  // "~" and eight digits
  while (end > 0 && (byte_at(name, end) & 0xc0) == 0x80) --end;
  return fmt::format("{}~{:08x}", std::string_view(name).substr(0, end), checksum(name));
}

/// A link may be there twice, the icon's without a size beside it.
void adopt_details(Entry& kept, const Entry& twin) {
  if (!kept.size) kept.size = twin.size;
  if (!kept.modified) kept.modified = twin.modified;
}

}  // namespace

std::optional<std::string> safe_file_name(std::string_view decoded) {
  if (decoded.empty() || decoded == "." || decoded == "..") return std::nullopt;
  std::string name;
  for (std::size_t i = 0; i < decoded.size();) {
    const auto [length, code_point] = utf8_at(decoded, i);
    if (code_point == kNotUtf8 || decoded[i] == '/' || is_control(code_point)) {
      name += fmt::format("%{:02X}", byte_at(decoded, i));
      ++i;
    } else {
      name.append(decoded, i, length);
      i += length;
    }
  }
  return name.size() > kLongestName ? shortened(name) : name;
}

void make_unique(Entries& entries) {
  std::unordered_map<std::string, std::size_t> place_of;  // name -> its entry
  std::unordered_map<std::string, std::size_t> renamed;   // key -> the entry that got another name
  std::unordered_map<std::string, unsigned> next_number;  // name -> of its next namesake: a page may have 100,000
  Entries unique;
  unique.reserve(entries.size());
  place_of.reserve(entries.size());
  for (Entry& entry : entries) {
    const auto [place, is_new] = place_of.try_emplace(entry.name, unique.size());
    if (!is_new) {
      const auto other = renamed.find(entry.key);
      const std::size_t twin = other == renamed.end() ? place->second : other->second;
      if (unique[twin].key == entry.key) {
        adopt_details(unique[twin], entry);
        continue;
      }
      renamed.emplace(entry.key, unique.size());
      unsigned& number = next_number.try_emplace(entry.name, 2).first->second;
      std::string name;
      do {
        name = *safe_file_name(fmt::format("{}~{}", entry.name, number++));
      } while (!place_of.try_emplace(name, unique.size()).second);
      entry.name = std::move(name);
    }
    unique.push_back(std::move(entry));
  }
  entries = std::move(unique);
}

}  // namespace rimfs::catalog
