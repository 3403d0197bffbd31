// SPDX-License-Identifier: MIT
// Converts the words of settings to values, and makes the messages about invalid words.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>

#include "base/split.h"
#include "config/schema.h"

namespace rimfs::config {
namespace {

constexpr std::uint64_t kEndless = INT64_MAX;

/// Words that differ by more than this are not treated as a typing mistake.
std::size_t largest_distance(std::string_view word) { return word.size() <= 4 ? 1 : word.size() / 3; }

/// The fewest letters that are inserted, removed, replaced or swapped with the next one (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> before(width), above(width), row(width);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j < width; ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, above[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

std::string range_text(const Setting& setting, const auto& write) {
  const std::string least = write(setting.least);
  return setting.most >= kEndless ? fmt::format("at least {}", least)
                                  : fmt::format("{} to {}", least, write(setting.most));
}

[[noreturn]] void out_of_range(const Value& value, const Setting& setting) {
  refuse(value.position, "out of range: " + in_quotes(value.text), "allowed: " + setting.allowed());
}

void check_range(std::uint64_t number, const Value& value, const Setting& setting) {
  if (number < setting.least || number > setting.most) out_of_range(value, setting);
}

}  // namespace

std::string_view Setting::key() const { return path.substr(path.rfind('.') + 1); }

std::string Setting::allowed() const {
  if (shape == Shape::toggle) return "true or false";
  switch (form) {
    case Form::count:
      return range_text(*this, [](std::uint64_t n) { return fmt::format("{}", n); });
    case Form::bytes:
      return range_text(*this, [](std::uint64_t n) { return show(ByteCount{n}); }) +
             (key() == "block-size" ? ", a power of two, such as 1M" : ", such as 64K, 1M or 1GiB");
    case Form::duration:
      return range_text(*this,
                        [](std::uint64_t n) { return show(std::chrono::milliseconds(static_cast<std::int64_t>(n))); }) +
             ", such as 500ms, 10s or 2m";
    case Form::choice: {
      std::string words;
      for (char c : metavar) words += c == '|' ? std::string(", ") : std::string(1, c);
      return words;
    }
    case Form::text:
    case Form::file:
    case Form::command:
      break;
  }
  return std::string(metavar);
}

std::uint64_t count_of(const Value& value, const Setting& setting) {
  std::uint64_t count = 0;
  if (!parse_count(value.text, count))
    refuse(value.position, "invalid number: " + in_quotes(value.text), "allowed: " + setting.allowed());
  check_range(count, value, setting);
  return count;
}

ByteCount bytes_of(const Value& value, const Setting& setting) {
  ByteCount bytes;
  if (!parse_bytes(value.text, bytes))
    refuse(value.position, "invalid size: " + in_quotes(value.text), "allowed: " + setting.allowed());
  check_range(bytes.value, value, setting);
  return bytes;
}

std::chrono::milliseconds duration_of(const Value& value, const Setting& setting) {
  std::chrono::milliseconds duration{};
  if (!parse_duration(value.text, duration)) {
    refuse(value.position, "invalid duration: " + in_quotes(value.text), "allowed: " + setting.allowed());
  }
  check_range(static_cast<std::uint64_t>(duration.count()), value, setting);
  return duration;
}

std::size_t choice_of(const Value& value, const Setting& setting) {
  std::size_t number = 0;
  for (const std::string_view word : split(setting.metavar, '|')) {
    if (word == value.text) return number;
    ++number;
  }
  refuse(value.position, "invalid value: " + in_quotes(value.text), "allowed: " + setting.allowed());
}

std::string readable_file_of(const Value& value, const Setting& setting) {
  std::string path = absolute_path(value);
  if (::access(path.c_str(), R_OK) != 0) {
    refuse(value.position, fmt::format("{}: {}", in_quotes(path), std::strerror(errno)),
           setting.metavar == "DIR" ? "name a readable directory" : "name a readable file");
  }
  return path;
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& allowed) {
  std::string_view best;
  std::size_t least = largest_distance(word) + 1;
  for (std::string_view candidate : allowed) {
    const std::size_t found = distance(word, candidate);
    if (found < least) least = found, best = candidate;
  }
  return best;
}

}  // namespace rimfs::config
