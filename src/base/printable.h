// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rimfs {

/// Longer texts are cut where they are printed: no honest URL, name or reason is longer.
inline constexpr std::size_t kLongestPrintable = 4096;

/// Foreign text (from a server, a script, a file name, a mount table, the environment) in a form that is safe on a
/// terminal and in a log: one line, and what is shown is what is there. Replaced are, by escapes as in C++ source:
/// control characters (`\n`, `\t`, `\r`, `\x1b`; those above ASCII as `\u{9b}`), bytes that are not UTF-8 (`\xff`),
/// characters that change the direction of text or enclose what follows (all of category Cf), that show nothing, that
/// end a line, or that each font shows as it likes (private use): `\u{202e}`. Everything else stays. The result has at
/// most `longest` bytes (at least 3), "..." at its end when something was cut.
///
/// A backslash stays as it is, so that applying the function twice changes nothing. The text cannot be restored from
/// the result; programs get `--json` or the attributes. Pure; any thread.
/// Sources: Unicode 15, general categories Cf and Co, Default_Ignorable_Code_Point and the line and paragraph
/// separators; UAX 9 for directions; CVE-2021-42574 ("Trojan Source").
std::string printable(std::string_view foreign, std::size_t longest = kLongestPrintable);

/// One decoded character of UTF-8 (RFC 3629).
struct Utf8Character {
  std::size_t length;   ///< In bytes; 1 for a byte that begins no valid sequence.
  char32_t code_point;  ///< kNotUtf8 for such a byte.
};
inline constexpr char32_t kNotUtf8 = 0xFFFFFFFF;

/// The character at `at`, which lies in the text: the shortest form only, no surrogates, up to U+10FFFF. Pure.
Utf8Character utf8_at(std::string_view text, std::size_t at);

}  // namespace rimfs
