// SPDX-License-Identifier: MIT
#include "http/range_header.h"

#include <doctest/doctest.h>

namespace rimfs::http {
namespace {

TEST_CASE("Content-Range is read as servers write it") {
  struct Row {
    const char* source;
    const char* value;
    std::optional<ContentRange> parsed;
  };
  const ContentRange known{ByteRange{Offset{0}, Offset{100}}, ByteCount{200}};
  const ContentRange no_total{ByteRange{Offset{0}, Offset{100}}, std::nullopt};
  const Row rows[] = {
      {"RFC 9110, 14.4", "bytes 0-99/200", known},
      {"RFC 9110, 14.4", "bytes 0-99/*", no_total},
      {"RFC 9110, 14.4", "bytes */200", ContentRange{std::nullopt, ByteCount{200}}},
      {"RFC 9110, 14.1: units in any case", "Bytes 0-99/200", known},
      {"the same", "BYTES 0-99/200", known},
      {"curl, http.c: JavaWebServer 1.1.1", "bytes: 0-99/200", known},
      {"curl, http.c: without a unit", "0-99/200", known},
      {"wget, http.c: Netscape's proxy", " 0-99/200", known},
      {"written as in a request", "bytes=0-99/200", known},
      {"a script that puts blanks between all", "bytes = 0 - 99 / 200 ", known},
      {"two blanks, a tab", "bytes \t0-99/200", known},
      {"a script that ends it like a parameter", "bytes 0-99/200;", known},
      {"the same", "bytes 0-99/200 ; ", known},
      {"the same for 416", "*/200", ContentRange{std::nullopt, ByteCount{200}}},
      {"another unit", "items 0-99/200", std::nullopt},
      {"another unit that begins so", "bytesize 0-99/200", std::nullopt},
      {"no blank", "bytes0-99/200", std::nullopt},
      {"nothing", "", std::nullopt},
      {"only the unit", "bytes", std::nullopt},
      {"no size", "bytes 0-99", std::nullopt},
      {"backwards", "bytes 5-4/10", std::nullopt},
      {"the end is behind the file", "bytes 0-10/10", std::nullopt},
      {"a sign", "bytes -1-9/10", std::nullopt},
      {"more than 64 bits", "bytes 0-18446744073709551615/*", std::nullopt},
      {"more than 64 bits", "bytes 0-9/18446744073709551616", std::nullopt},
      {"no number", "bytes 0-9/x", std::nullopt},
      {"two ranges", "bytes 0-9,20-29/100", std::nullopt},
      {"text behind it", "bytes 0-9/100; x", std::nullopt},
      {"hexadecimal", "bytes 0x0-0x9/100", std::nullopt},
      {"a number cut in two", "bytes 0-9 9/200", std::nullopt},
  };
  for (const Row& row : rows) {
    CAPTURE(row.source);
    CAPTURE(row.value);
    CHECK((parse_content_range(row.value) == row.parsed));
  }
}

TEST_CASE("a range is written with its last byte") {
  CHECK(range_value({Offset{0}, Offset{1}}) == "0-0");
  CHECK(range_value({Offset{100}, Offset{200}}) == "100-199");
}

}  // namespace
}  // namespace rimfs::http
