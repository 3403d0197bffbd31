// SPDX-License-Identifier: MIT
#include "catalog/file_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <tuple>

#include "base/work.h"

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

namespace {

/// Renames entries of one name. Sorts instead of hashing: a server could choose names that fall into one bucket.
class Uniqueness {
 public:
  explicit Uniqueness(Entries& entries) : entries_(entries), order_(entries.size()) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::sort(order_.begin(), order_.end(), [this](std::size_t a, std::size_t b) {
      return std::tie(entries_[a].name, entries_[a].key, a) < std::tie(entries_[b].name, entries_[b].key, b);
    });
  }

  void enforce() {
    for (std::size_t begin = 0; begin < order_.size();) {
      std::size_t end = begin + 1;
      while (end < order_.size() && name(end) == name(begin)) ++end;
      if (end - begin > 1) separate(begin, end);
      begin = end;
    }
    for (auto& [index, renamed] : renamed_) entries_[index].name = std::move(renamed);
    std::sort(dropped_.begin(), dropped_.end());
    drop();
  }

 private:
  const std::string& name(std::size_t position) const { return entries_[order_[position]].name; }

  /// Entries of one name: of each key the first one stays, and all but one of these are renamed, in their order.
  void separate(std::size_t begin, std::size_t end) {
    std::vector<std::size_t> different;
    for (std::size_t i = begin; i < end; ++i) {
      const std::size_t index = order_[i];
      if (!different.empty() && entries_[different.back()].key == entries_[index].key) {
        adopt_details(entries_[different.back()], entries_[index]);
        dropped_.push_back(index);
      } else {
        different.push_back(index);
      }
    }
    std::sort(different.begin(), different.end());
    unsigned number = 2;
    for (std::size_t i = 1; i < different.size(); ++i) {
      renamed_.emplace_back(different[i], free_name(entries_[different[i]].name, number));
    }
  }

  /// A name that no entry has: a number behind it, at least `number`.
  std::string free_name(const std::string& taken, unsigned& number) {
    for (;;) {
      std::string name = *safe_file_name(fmt::format("{}~{}", taken, number++));
      if (!is_listed(name) && given_.insert(name).second) return name;
    }
  }

  bool is_listed(const std::string& wanted) const {
    const auto found = std::lower_bound(order_.begin(), order_.end(), wanted,
                                        [this](std::size_t i, const std::string& n) { return entries_[i].name < n; });
    return found != order_.end() && entries_[*found].name == wanted;
  }

  void drop() {
    if (dropped_.empty()) return;
    Entries kept;
    kept.reserve(entries_.size() - dropped_.size());
    auto next = dropped_.begin();
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (next != dropped_.end() && *next == i) {
        ++next;
      } else {
        kept.push_back(std::move(entries_[i]));
      }
    }
    entries_ = std::move(kept);
  }

  Entries& entries_;
  std::vector<std::size_t> order_;  // by name, key and place
  std::vector<std::pair<std::size_t, std::string>> renamed_;
  std::set<std::string> given_;
  std::vector<std::size_t> dropped_;
};

}  // namespace

void make_unique(Entries& entries) {
  count_work(entries.size());
  Uniqueness(entries).enforce();
}

}  // namespace rimfs::catalog
