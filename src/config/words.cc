// SPDX-License-Identifier: MIT
// What the words of settings mean, and what is said when they mean nothing.
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

/// Words further apart than this are not taken for a typing mistake.
std::size_t largest_distance(std::string_view word) { return word.size() <= 4 ? 1 : word.size() / 3; }

/// Levenshtein's distance.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

std::string range_text(const Setting& setting, const auto& write) {
  const std::string least = write(setting.least);
  return setting.most >= kEndless ? fmt::format("at least {}", least)
                                  : fmt::format("{} to {}", least, write(setting.most));
}

[[noreturn]] void out_of_range(const Value& value, const Setting& setting) {
  refuse(value.place, in_quotes(value.text) + " is out of range", "allowed: " + setting.allowed());
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
    refuse(value.place, in_quotes(value.text) + " is no number", "allowed: " + setting.allowed());
  check_range(count, value, setting);
  return count;
}

ByteCount bytes_of(const Value& value, const Setting& setting) {
  ByteCount bytes;
  if (!parse_bytes(value.text, bytes))
    refuse(value.place, in_quotes(value.text) + " is no size", "allowed: " + setting.allowed());
  check_range(bytes.value, value, setting);
  return bytes;
}

std::chrono::milliseconds duration_of(const Value& value, const Setting& setting) {
  std::chrono::milliseconds duration{};
  if (!parse_duration(value.text, duration)) {
    refuse(value.place, in_quotes(value.text) + " is no duration with a unit", "allowed: " + setting.allowed());
  }
  check_range(static_cast<std::uint64_t>(duration.count()), value, setting);
  return duration;
}

bool toggle_of(const Value& value, const Setting& setting) {
  for (std::string_view yes : {"true", "yes", "on"}) {
    if (value.text == yes) return true;
  }
  for (std::string_view no : {"false", "no", "off"}) {
    if (value.text == no) return false;
  }
  refuse(value.place, in_quotes(value.text) + " is neither true nor false", "allowed: " + setting.allowed());
}

std::size_t choice_of(const Value& value, const Setting& setting) {
  std::size_t number = 0;
  for (const std::string_view word : split(setting.metavar, '|')) {
    if (word == value.text) return number;
    ++number;
  }
  refuse(value.place, in_quotes(value.text) + " is not one of the choices", "allowed: " + setting.allowed());
}

std::string readable_file_of(const Value& value, const Setting& setting) {
  std::string path = absolute_path(value);
  if (::access(path.c_str(), R_OK) != 0) {
    refuse(value.place, fmt::format("{}: {}", in_quotes(path), std::strerror(errno)),
           setting.metavar == "DIR" ? "a directory that can be read" : "a file that can be read");
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
