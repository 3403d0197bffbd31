// SPDX-License-Identifier: MIT
#include "base/printable.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace rimfs {
namespace {

struct CodePoints {
  char32_t first;
  char32_t last;
};

/// Characters that are not printed as themselves, in ascending order: all of category Cf (format controls),
/// default-ignorable characters, characters that look empty, and characters without a fixed appearance.
constexpr std::array kInvisible = {
    CodePoints{0x00AD, 0x00AD},     // soft hyphen
    CodePoints{0x034F, 0x034F},     // combining grapheme joiner
    CodePoints{0x0600, 0x0605},     // Arabic signs that enclose the digits after them
    CodePoints{0x061C, 0x061C},     // Arabic letter mark: direction
    CodePoints{0x06DD, 0x06DD},     // Arabic end of ayah, which encloses digits
    CodePoints{0x070F, 0x070F},     // Syriac abbreviation mark
    CodePoints{0x0890, 0x0891},     // Arabic pound and piastre marks above
    CodePoints{0x08E2, 0x08E2},     // Arabic disputed end of ayah
    CodePoints{0x115F, 0x1160},     // Hangul fillers
    CodePoints{0x17B4, 0x17B5},     // Khmer inherent vowels
    CodePoints{0x180B, 0x180F},     // Mongolian selectors
    CodePoints{0x200B, 0x200F},     // zero width; direction marks
    CodePoints{0x2028, 0x202E},     // line and paragraph separators; directional embeddings and overrides
    CodePoints{0x2060, 0x206F},     // word joiner, invisible operators; directional isolates
    CodePoints{0x2800, 0x2800},     // Braille pattern without dots
    CodePoints{0x3164, 0x3164},     // Hangul filler
    CodePoints{0xE000, 0xF8FF},     // private use
    CodePoints{0xFDD0, 0xFDEF},     // noncharacters
    CodePoints{0xFE00, 0xFE0F},     // variation selectors
    CodePoints{0xFEFF, 0xFEFF},     // byte order mark
    CodePoints{0xFFA0, 0xFFA0},     // Hangul filler, half width
    CodePoints{0xFFF0, 0xFFFC},     // reserved; interlinear annotations; object replacement
    CodePoints{0x1107F, 0x1107F},   // Brahmi number joiner
    CodePoints{0x110BD, 0x110BD},   // Kaithi number sign
    CodePoints{0x110CD, 0x110CD},   // Kaithi number sign above
    CodePoints{0x13430, 0x1343F},   // format controls of hieroglyphs
    CodePoints{0x16FE4, 0x16FE4},   // Khitan filler
    CodePoints{0x1BCA0, 0x1BCA3},   // shorthand format controls
    CodePoints{0x1D159, 0x1D159},   // musical null notehead
    CodePoints{0x1D173, 0x1D17A},   // musical format controls
    CodePoints{0xE0000, 0xE0FFF},   // tags; further variation selectors
    CodePoints{0xF0000, 0x10FFFF},  // private use
};

bool is_invisible(char32_t code_point) {
  if ((code_point & 0xFFFE) == 0xFFFE) return true;  // the last two of each plane are noncharacters
  const auto* const found = std::lower_bound(kInvisible.begin(), kInvisible.end(), code_point,
                                             [](const CodePoints& range, char32_t c) { return range.last < c; });
  return found != kInvisible.end() && found->first <= code_point;
}

/// The escape of a character that must not be printed; empty for all others.
std::string escape_of(char32_t code_point, unsigned char first_byte) {
  if (code_point == kNotUtf8) return fmt::format("\\x{:02x}", first_byte);
  switch (code_point) {
    case U'\n':
      return "\\n";
    case U'\r':
      return "\\r";
    case U'\t':
      return "\\t";
    default:
      break;
  }
  if (code_point < 0x20 || code_point == 0x7F) return fmt::format("\\x{:02x}", first_byte);
  const bool is_c1 = code_point >= 0x80 && code_point < 0xA0;
  if (is_c1 || is_invisible(code_point)) return fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(code_point));
  return {};
}

}  // namespace

Utf8Character utf8_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  constexpr Utf8Character kBad{1, kNotUtf8};
  const unsigned char first = byte(at);
  if (first < 0x80) return {1, first};
  if (first < 0xC2 || first > 0xF4) return kBad;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (at + length > text.size()) return kBad;
  char32_t code_point = first & (0x7Fu >> length);
  for (std::size_t i = at + 1; i < at + length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return kBad;
    code_point = code_point << 6 | (byte(i) & 0x3Fu);
  }
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < kLeast[length] || code_point > 0x10FFFF || is_surrogate) return kBad;
  return {length, code_point};
}

std::string printable(std::string_view foreign, std::size_t longest) {
  constexpr std::string_view kCut = "...";
  std::string text;
  std::size_t fits = 0;  // the length of text that remains if the result must be cut
  for (std::size_t at = 0; at < foreign.size();) {
    const Utf8Character character = utf8_at(foreign, at);
    const std::string escape = escape_of(character.code_point, static_cast<unsigned char>(foreign[at]));
    text += escape.empty() ? foreign.substr(at, character.length) : std::string_view(escape);
    if (text.size() > longest) return text.substr(0, fits).append(kCut);
    if (text.size() + kCut.size() <= longest) fits = text.size();
    at += character.length;
  }
  return text;
}

}  // namespace rimfs
