// SPDX-License-Identifier: MIT
#include "http/range_header.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "base/ascii.h"

namespace rimfs::http {
namespace {

std::string_view without_blanks(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

/// Removes a number and the blanks after it from the front of `text`.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  text = without_blanks(text.substr(static_cast<std::size_t>(end - text.data())));
  return number;
}

/// Removes `expected` and the blanks after it from the front of `text`.
bool take(std::string_view& text, std::string_view expected) {
  if (!equal_ignoring_case(text.substr(0, expected.size()), expected)) return false;
  text = without_blanks(text.substr(expected.size()));
  return true;
}

/// Removes the unit and what separates it from the range, and blanks around them. False when the unit is another one.
bool take_unit(std::string_view& text) {
  text = without_blanks(text);
  if (text.empty() || text.front() == '*' || is_digit(text.front())) return true;
  const std::size_t before = text.size();
  if (!take(text, "bytes")) return false;
  const bool blank = before - text.size() > std::string_view("bytes").size();
  return take(text, "=") || take(text, ":") || blank;
}

}  // namespace

std::string range_value(ByteRange range) { return fmt::format("{}-{}", range.begin.value, range.end.value - 1); }

std::optional<ContentRange> parse_content_range(std::string_view value) {
  ContentRange parsed;
  if (!take_unit(value)) return std::nullopt;
  if (!take(value, "*")) {
    const auto first = take_number(value);
    if (!first || !take(value, "-")) return std::nullopt;
    const auto last = take_number(value);
    if (!last || *last < *first || *last == std::numeric_limits<std::uint64_t>::max()) return std::nullopt;
    parsed.range = ByteRange{{*first}, {*last + 1}};
  }
  if (!take(value, "/")) return std::nullopt;
  if (!take(value, "*")) {
    const auto total = take_number(value);
    if (!total) return std::nullopt;
    parsed.total = ByteCount{*total};
  }
  take(value, ";");
  if (!value.empty()) return std::nullopt;
  if (parsed.range && parsed.total && parsed.range->end.value > parsed.total->value) return std::nullopt;
  return parsed;
}

}  // namespace rimfs::http
