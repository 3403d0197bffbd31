// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rimfs {

/// Longer texts are cut when they are printed. No legitimate URL, name or reason is longer.
inline constexpr std::size_t kLongestPrintable = 4096;

/// Converts foreign text (from a server, a script, a file name, a mount table, the environment) to one line that is
/// safe on a terminal and in a log, and that shows exactly what the text contains. These characters are replaced by
/// escapes as in C++ source: control characters (`\n`, `\t`, `\r`, `\x1b`; those above ASCII as `\u{9b}`); bytes that
/// are not UTF-8 (`\xff`); and, as `\u{202e}`, characters that change the direction of text or enclose the following
/// characters (all of category Cf), invisible characters, line ends, and characters without a fixed appearance (private
/// use). All other characters are unchanged. The result has at most `longest` bytes (at least 3) and ends with "..."
/// when it was cut.
///
/// A backslash is unchanged, so applying the function twice has no further effect. The text cannot be restored from the
/// result; programs use `--json` or the attributes. Pure; any thread.
/// Sources: Unicode 15, general categories Cf and Co, Default_Ignorable_Code_Point and the line and paragraph
/// separators; UAX 9 for directions; CVE-2021-42574 ("Trojan Source").
std::string printable(std::string_view foreign, std::size_t longest = kLongestPrintable);

/// One decoded character of UTF-8 (RFC 3629).
struct Utf8Character {
  std::size_t length;   ///< The length in bytes; 1 for a byte that does not begin a valid sequence.
  char32_t code_point;  ///< The character; kNotUtf8 for an invalid byte.
};
inline constexpr char32_t kNotUtf8 = 0xFFFFFFFF;

/// Decodes the character at `at`, which must lie in the text. Accepts only the shortest form, no surrogates, up to
/// U+10FFFF. Pure.
Utf8Character utf8_at(std::string_view text, std::size_t at);

}  // namespace rimfs
