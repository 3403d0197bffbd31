// SPDX-License-Identifier: MIT
#include "http/range_header.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

namespace rimfs::http {
namespace {

/// Removes a number from the front of `text`.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

}  // namespace

std::string range_value(ByteRange range) { return fmt::format("{}-{}", range.begin.value, range.end.value - 1); }

std::optional<ContentRange> parse_content_range(std::string_view value) {
  ContentRange parsed;
  if (!take(value, "bytes ")) return std::nullopt;
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
  if (!value.empty()) return std::nullopt;
  if (parsed.range && parsed.total && parsed.range->end.value > parsed.total->value) return std::nullopt;
  return parsed;
}

}  // namespace rimfs::http
