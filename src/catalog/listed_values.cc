// SPDX-License-Identifier: MIT
#include "catalog/listed_values.h"

#include <charconv>
#include <ctime>

#include "http/http_date.h"

namespace rimfs::catalog {

std::optional<ByteCount> listed_size(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc{} && end == text.data() + text.size() && !text.empty();
  if (!is_number || value > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  return ByteCount{value};
}

std::optional<std::int64_t> listed_time(const std::string& text) {
  if (text.empty()) return std::nullopt;
  std::tm time{};
  if (::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &time) != nullptr) return timegm(&time);
  return http::parse_date(text);
}

}  // namespace rimfs::catalog
