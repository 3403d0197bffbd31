// SPDX-License-Identifier: MIT
#include "catalog/web/charset.h"

#include <array>
#include <cerrno>

#include "base/ascii.h"
#include "base/printable.h"
#include "base/split.h"

namespace rimfs::catalog {
namespace {

struct LabelRow {
  std::string_view label;
  const char* name;  // iconv's
};

/// ISO 8859-1 and ASCII mean Windows-1252 in pages (Encoding standard, section 4.2).
constexpr LabelRow kLabels[] = {
    {"iso-8859-1", "WINDOWS-1252"},
    {"iso8859-1", "WINDOWS-1252"},
    {"latin1", "WINDOWS-1252"},
    {"us-ascii", "WINDOWS-1252"},
    {"ascii", "WINDOWS-1252"},
    {"windows-1252", "WINDOWS-1252"},
    {"cp1252", "WINDOWS-1252"},
    {"iso-8859-2", "ISO-8859-2"},
    {"iso-8859-3", "ISO-8859-3"},
    {"iso-8859-4", "ISO-8859-4"},
    {"iso-8859-5", "ISO-8859-5"},
    {"iso-8859-6", "ISO-8859-6"},
    {"iso-8859-7", "ISO-8859-7"},
    {"iso-8859-8", "ISO-8859-8"},
    {"iso-8859-9", "WINDOWS-1254"},
    {"iso-8859-10", "ISO-8859-10"},
    {"iso-8859-13", "ISO-8859-13"},
    {"iso-8859-14", "ISO-8859-14"},
    {"iso-8859-15", "ISO-8859-15"},
    {"latin-9", "ISO-8859-15"},
    {"iso-8859-16", "ISO-8859-16"},
    {"windows-1250", "WINDOWS-1250"},
    {"windows-1251", "WINDOWS-1251"},
    {"cp1251", "WINDOWS-1251"},
    {"windows-1253", "WINDOWS-1253"},
    {"windows-1254", "WINDOWS-1254"},
    {"windows-1256", "WINDOWS-1256"},
    {"windows-1257", "WINDOWS-1257"},
    {"koi8-r", "KOI8-R"},
    {"koi8-u", "KOI8-U"},
    {"ibm866", "CP866"},
    {"cp866", "CP866"},
    {"macintosh", "MACINTOSH"},
    {"shift_jis", "CP932"},
    {"shift-jis", "CP932"},
    {"windows-31j", "CP932"},
    {"euc-jp", "EUC-JP"},
    {"euc-kr", "CP949"},
    {"gb2312", "GBK"},
    {"gbk", "GBK"},
    {"gb18030", "GB18030"},
    {"big5", "BIG5"},
};

const char* converter_name(std::string_view label) {
  const std::string_view wanted = trimmed(label, " \t\"'");
  for (const LabelRow& row : kLabels) {
    if (equal_ignoring_case(row.label, wanted)) return row.name;
  }
  return nullptr;
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Character character = utf8_at(text, at);
    if (character.code_point == kNotUtf8) return false;
    at += character.length;
  }
  return true;
}

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

}  // namespace

Charset::Charset(std::string_view label) {
  const char* name = converter_name(label);
  if (!name) return;
  iconv_t opened = iconv_open("UTF-8", name);
  if (opened != reinterpret_cast<iconv_t>(-1)) converter_.reset(opened);
}

std::string Charset::in_utf8(std::string text) {
  if (!converter_ || is_utf8(text)) return text;
  std::string result;
  char* in = text.data();
  std::size_t left = text.size();
  while (left > 0) {
    std::array<char, 256> piece{};
    char* out = piece.data();
    std::size_t room = piece.size();
    const bool complete = iconv(converter_.get(), &in, &left, &out, &room) != static_cast<std::size_t>(-1);
    result.append(piece.data(), piece.size() - room);
    if (complete || errno == E2BIG) continue;
    result += kReplacement;  // EILSEQ, or EINVAL: a character is cut at the end
    ++in;
    --left;
  }
  return result;
}

std::string charset_label(std::string_view content_type) {
  for (const std::string_view parameter : split(content_type, ';')) {
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos) continue;
    if (!equal_ignoring_case(trimmed(parameter.substr(0, equals)), "charset")) continue;
    return std::string(trimmed(parameter.substr(equals + 1), " \t\"'"));
  }
  return {};
}

}  // namespace rimfs::catalog
