// SPDX-License-Identifier: MIT
#include "base/xml_guard.h"

#include <doctest/doctest.h>

#include <string>

#include "base/error.h"

using namespace rimfs;

TEST_CASE("only a tag that is too long is refused, however the text is divided") {
  struct Row {
    std::string text;
    bool good;
  };
  const std::string many(100, 'x');
  const Row rows[] = {
      {"<?xml version='1'?><a>" + many + "</a>", true},
      {"<a " + many + ">", false},
      {"<a b='" + many + "'>", false},
      {"<a b='>" + many + "'>", false},
      {"<!-- it's " + many + " --><a/>" + many, true},
      {"<![CDATA[" + many + "]]>", true},
      {"<></>" + many, true},
      {"</" + many, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    for (std::size_t size = 1; size < 8; ++size) {
      const auto check = [&] {
        XmlGuard guard(50);
        for (std::size_t at = 0; at < row.text.size(); at += size)
          guard.check(std::string_view(row.text).substr(at, size));
      };
      if (row.good) {
        CHECK_NOTHROW(check());
      } else {
        CHECK_THROWS_AS(check(), Error);
      }
    }
  }
}
