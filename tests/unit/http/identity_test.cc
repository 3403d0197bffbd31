// SPDX-License-Identifier: MIT
#include "http/identity.h"

#include <doctest/doctest.h>

using namespace rimfs;
using namespace rimfs::http;

TEST_CASE("the same file is told by its strong tag, else by size, date and weak tag together") {
  struct Row {
    Identity before, now;
    bool same;
  };
  const Row rows[] = {
      {{{10}, "\"a\"", "d1"}, {{10}, "\"a\"", "d2"}, true},
      {{{10}, "\"a\"", "d1"}, {{10}, "\"b\"", "d1"}, false},
      {{{10}, "\"a\"", "d1"}, {{10}, "", "d1"}, false},
      {{{10}, "W/\"a\"", "d1"}, {{10}, "W/\"b\"", "d1"}, true},
      {{{10}, "W/\"a\"", ""}, {{10}, "W/\"b\"", ""}, false},
      {{{10}, "", "d1"}, {{10}, "", "d2"}, false},
      {{{10}, "", ""}, {{10}, "", ""}, true},
      {{{10}, "", ""}, {{11}, "", ""}, false},
  };
  for (const Row& row : rows) CHECK(row.before.same_file(row.now) == row.same);
}
