// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace rimfs {

/// Functions for ASCII letters, digits and blanks. They ignore the locale. Header names, schemes, hosts and settings
/// consist of these characters. Pure.

inline char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) { return lower(c); });
  return result;
}

inline bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_alphanumeric(char c) { return is_letter(c) || is_digit(c); }

inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

/// `text` without the characters of `blank` at both ends. The result refers to `text`.
inline std::string_view trimmed(std::string_view text, std::string_view blank = " \t\r\n") {
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

/// `text` without the characters of `blank` at its end. The result refers to `text`.
inline std::string_view trimmed_end(std::string_view text, std::string_view blank = " \t\r\n") {
  return text.substr(0, text.find_last_not_of(blank) + 1);  // npos + 1 is 0: the result is empty
}

}  // namespace rimfs
