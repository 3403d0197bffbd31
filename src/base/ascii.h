// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace rimfs {

/// Letters and blanks of ASCII, whatever the locale: header names, schemes, hosts and settings are made of them. Pure.

inline char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) { return lower(c); });
  return result;
}

/// Without the characters of `blank` at both ends. A part of `text`.
inline std::string_view trimmed(std::string_view text, std::string_view blank = " \t\r\n") {
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

}  // namespace rimfs
