// SPDX-License-Identifier: MIT
#include "base/printable.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "config/value.h"

using rimfs::printable;
using namespace std::string_view_literals;

namespace {

struct Row {
  const char* what;
  std::string_view foreign;
  std::string_view shown;
};

constexpr Row kRows[] = {
    {"plain text stays", "disk-01.qcow2 (copy) ~ 100%", "disk-01.qcow2 (copy) ~ 100%"},
    {"letters of all scripts stay", "größe 画像 изображение صورة 💾", "größe 画像 изображение صورة 💾"},
    {"a backslash stays, so that a second pass changes nothing", R"(a\x1b\u{202e})", R"(a\x1b\u{202e})"},
    {"a line end cannot begin a second log line", "a\n2026-01-01 error: b\r\n", R"(a\n2026-01-01 error: b\r\n)"},
    {"a tab cannot move columns", "a\tb", R"(a\tb)"},
    {"an escape sequence cannot colour or move", "\x1b[31mred\x1b]0;title\x07", R"(\x1b[31mred\x1b]0;title\x07)"},
    {"NUL, backspace and DEL show", "a\0b\x08\x7f"sv, R"(a\x00b\x08\x7f)"},
    {"C1 controls as UTF-8 show: U+009B begins a sequence as ESC [ does",
     "\xc2\x9b"
     "31m\xc2\x85",
     R"(\u{9b}31m\u{85})"},
    {"C1 controls as bytes are no UTF-8",
     "\x9b"
     "31m",
     R"(\x9b31m)"},
    {"a character cut off at the end is no UTF-8", "a\xe2\x80", R"(a\xe2\x80)"},
    {"an overlong form is no UTF-8", "\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf", R"(\xc0\xaf\xe0\x80\xaf\xf0\x80\x80\xaf)"},
    {"a surrogate is no UTF-8", "\xed\xa0\x80", R"(\xed\xa0\x80)"},
    {"nothing lies beyond U+10FFFF", "\xf4\x90\x80\x80", R"(\xf4\x90\x80\x80)"},
    {"after a bad byte the text goes on", "\xff\xc3\xa4", "\\xff\xc3\xa4"},
    {"an override cannot turn a name round", "invoice\u202Efdp.exe", R"(invoice\u{202e}fdp.exe)"},
    {"embeddings, isolates and marks of direction show",
     "\u202A\u202B\u202C\u202D\u2066\u2067\u2068\u2069\u200E\u200F\u061C",
     R"(\u{202a}\u{202b}\u{202c}\u{202d}\u{2066}\u{2067}\u{2068}\u{2069}\u{200e}\u{200f}\u{61c})"},
    {"what has no width shows", "a\u200Bb\u200C\u200D\u2060\u00AD\uFEFF",
     R"(a\u{200b}b\u{200c}\u{200d}\u{2060}\u{ad}\u{feff})"},
    {"separators of lines and paragraphs show", "a\u2028b\u2029", R"(a\u{2028}b\u{2029})"},
    {"tags and selectors show", "\U000E0041\U000E007F\uFE0F\U000E0100", R"(\u{e0041}\u{e007f}\u{fe0f}\u{e0100})"},
    {"fillers that look empty show", "\u3164\u115F\uFFA0", R"(\u{3164}\u{115f}\u{ffa0})"},
    {"format controls of all scripts show",
     "\u0600\u0605\u06DD\u070F\u0890\u0891\u08E2\U000110BD\U000110CD\U00013430\U0001343F\uFFF9\U0001D173",
     R"(\u{600}\u{605}\u{6dd}\u{70f}\u{890}\u{891}\u{8e2}\u{110bd}\u{110cd}\u{13430}\u{1343f}\u{fff9}\u{1d173})"},
    {"what looks like a space or like nothing shows", "\u2800\uFFFC\U0001D159\U0001107F\U00016FE4",
     R"(\u{2800}\u{fffc}\u{1d159}\u{1107f}\u{16fe4})"},
    {"private use has no agreed look", "\uE000\uF8FF\U000F0000\U00100000\U0010FFFD",
     R"(\u{e000}\u{f8ff}\u{f0000}\u{100000}\u{10fffd})"},
    {"noncharacters show", "\uFFFE\U0010FFFF\uFDD0", R"(\u{fffe}\u{10ffff}\u{fdd0})"},
    {"neighbours of what is hidden stay", "\u00AC\u00AE\u2010\u202F\u2070\uFFFD",
     "\u00AC\u00AE\u2010\u202F\u2070\uFFFD"},
};

}  // namespace

TEST_CASE("foreign text is shown in one line, unambiguously, and cannot control a terminal") {
  for (const Row& row : kRows) {
    CAPTURE(row.what);
    CHECK(printable(row.foreign) == row.shown);
    CHECK(printable(printable(row.foreign)) == row.shown);
  }
}

TEST_CASE("no byte string produces a control character, a byte that is not UTF-8, or a text that is too long") {
  std::uint32_t state = 1;
  for (int round = 0; round < 2000; ++round) {
    std::string foreign;
    for (int i = 0; i < 64; ++i) {
      state = state * 1664525u + 1013904223u;
      foreign += static_cast<char>(state >> 24);
    }
    const std::string shown = printable(foreign, 100);
    CHECK(shown.size() <= 100);
    for (std::size_t at = 0; at < shown.size();) {
      const rimfs::Utf8Character character = rimfs::utf8_at(shown, at);
      REQUIRE(character.code_point != rimfs::kNotUtf8);
      REQUIRE(character.code_point >= 0x20);
      REQUIRE_FALSE((character.code_point >= 0x7F && character.code_point < 0xA0));
      at += character.length;
    }
  }
}

TEST_CASE("a text that is too long is cut between characters and escapes") {
  CHECK(printable("abcdef", 6) == "abcdef");
  CHECK(printable("abcdefg", 6) == "abc...");
  CHECK(printable("ab\u00e4defg", 6) == "ab...");
  CHECK(printable("ab\x1b"
                  "cdefg",
                  6) == "ab...");
  CHECK(printable("ab\x1b", 6) == "ab\\x1b");
  CHECK(printable("\x1b\x1b", 3) == "...");
  CHECK(printable(std::string(1'000'000, '\x1b')).size() <= rimfs::kLongestPrintable);
}

TEST_CASE("a quoted word is printable, and cut between characters") {
  CHECK(rimfs::config::in_quotes("a\x1b[2Jb\u202E") == R"("a\x1b[2Jb\u{202e}")");
  CHECK(rimfs::config::in_quotes(std::string(59, 'x') + "\u00e4").ends_with("...\""));
}
