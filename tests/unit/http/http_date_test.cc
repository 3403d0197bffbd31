// SPDX-License-Identifier: MIT
#include "http/http_date.h"

#include <doctest/doctest.h>

using namespace rimfs::http;

TEST_CASE("a date is read in each form of HTTP, and nothing else is taken for one") {
  struct Row {
    const char* text;
    std::optional<std::int64_t> seconds;
  };
  const Row rows[] = {
      // RFC 9110, section 5.6.7: the preferred form and the two obsolete ones.
      {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
      {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
      {"Sun Nov  6 08:49:37 1994", 784111777},
      {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
      {"", std::nullopt},
      {"yesterday", std::nullopt},
      {"784111777 seconds", std::nullopt},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(parse_date(row.text) == row.seconds);
  }
  CHECK_FALSE(parse_date(std::string("Sun, 06 Nov 1994 08:49:37 GMT\0", 30)));
}
