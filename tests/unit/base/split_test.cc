// SPDX-License-Identifier: MIT
#include "base/split.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace rimfs;

TEST_CASE("a text is split at each separator, and a trailing separator begins no part") {
  struct Row {
    std::string_view text;
    std::vector<std::string> parts;
  };
  const Row rows[] = {
      {"", {}},
      {",", {""}},
      {"a", {"a"}},
      {"a,", {"a"}},
      {",a", {"", "a"}},
      {"a,,b,", {"a", "", "b"}},
      {"a,b,,", {"a", "b", ""}},
      {"a;b, c", {"a;b", " c"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    std::vector<std::string> parts;
    for (const std::string_view part : split(row.text, ',')) parts.emplace_back(part);
    CHECK(parts == row.parts);
  }
}

TEST_CASE("the parts of a text refer to it and are not copies") {
  const std::string_view text = "one\ntwo";
  std::size_t lines = 0;
  for (const std::string_view line : split(text, '\n')) {
    CHECK(line.data() >= text.data());  // a part of the text, not a copy
    ++lines;
  }
  CHECK(lines == 2);
}
