// SPDX-License-Identifier: MIT
#include "http/identity.h"

#include <doctest/doctest.h>

using namespace rimfs;
using namespace rimfs::http;

namespace {

constexpr const char* kMonday = "Mon, 01 Jan 2024 00:00:00 GMT";
constexpr const char* kMondayRfc850 = "Monday, 01-Jan-24 00:00:00 GMT";
constexpr const char* kMondayAsctime = "Mon Jan  1 00:00:00 2024";
constexpr const char* kTuesday = "Tue, 02 Jan 2024 00:00:00 GMT";

}  // namespace

TEST_CASE("two replies are of one version when strong tags agree, otherwise when no common validator differs") {
  struct Row {
    const char* title;
    Identity before, now;
    bool same;
  };
  const Row rows[] = {
      // Two strong tags decide alone: RFC 9110, sections 8.8.1 and 8.8.3.2.
      {"equal strong tags", {{10}, "\"a\"", kMonday}, {{10}, "\"a\"", kMonday}, true},
      {"equal strong tags outweigh another date", {{10}, "\"a\"", kMonday}, {{10}, "\"a\"", kTuesday}, true},
      {"equal strong tags outweigh another listed time", {{10}, "\"a\"", "", 1}, {{10}, "\"a\"", "", 2}, true},
      {"another strong tag outweighs an equal date", {{10}, "\"a\"", kMonday}, {{10}, "\"b\"", kMonday}, false},
      {"strong tags are compared to the letter", {{10}, "\"a\"", ""}, {{10}, "\"A\"", ""}, false},
      {"equal strong tags, another size: a server that contradicts itself",
       {{10}, "\"a\"", ""},
       {{11}, "\"a\"", ""},
       false},

      // Without two strong tags any difference counts.
      {"equal weak tags and dates", {{10}, "W/\"a\"", kMonday}, {{10}, "W/\"a\"", kMonday}, true},
      {"another weak tag, equal dates", {{10}, "W/\"a\"", kMonday}, {{10}, "W/\"b\"", kMonday}, false},
      {"equal weak tags, another date", {{10}, "W/\"a\"", kMonday}, {{10}, "W/\"a\"", kTuesday}, false},
      {"another weak tag alone", {{10}, "W/\"a\"", ""}, {{10}, "W/\"b\"", ""}, false},
      {"another date alone", {{10}, "", kMonday}, {{10}, "", kTuesday}, false},
      {"another size, all else equal", {{10}, "W/\"a\"", kMonday}, {{11}, "W/\"a\"", kMonday}, false},
      {"another listed time, equal dates", {{10}, "", kMonday, 1}, {{10}, "", kMonday, 2}, false},
      {"another listed time, equal weak tags", {{10}, "W/\"a\"", "", 1}, {{10}, "W/\"a\"", "", 2}, false},
      {"another listed time alone", {{10}, "", "", 1}, {{10}, "", "", 2}, false},
      {"an equal listed time, another date", {{10}, "", kMonday, 1}, {{10}, "", kTuesday, 1}, false},

      // One date in the three forms of RFC 9110, section 5.6.7.
      {"a date in RFC 850 form", {{10}, "", kMonday}, {{10}, "", kMondayRfc850}, true},
      {"a date in asctime form", {{10}, "", kMonday}, {{10}, "", kMondayAsctime}, true},
      {"texts that are no dates, equal", {{10}, "", "v1"}, {{10}, "", "v1"}, true},
      {"texts that are no dates, different", {{10}, "", "v1"}, {{10}, "", "v2"}, false},

      // A strong and a weak tag: the weak comparison, and the rest with it.
      {"a strong tag made weak by a proxy, as nginx does when it compresses",
       {{10}, "\"a\"", ""},
       {{10}, "W/\"a\"", ""},
       true},
      {"the same the other way round", {{10}, "W/\"a\"", ""}, {{10}, "\"a\"", ""}, true},
      {"a strong tag made weak, another date", {{10}, "\"a\"", kMonday}, {{10}, "W/\"a\"", kTuesday}, false},
      {"a weak tag with other letters", {{10}, "\"a\"", kMonday}, {{10}, "W/\"b\"", kMonday}, false},

      // Tags that promise nothing count as weak.
      {"a tag without quotes, another date", {{10}, "a", kMonday}, {{10}, "a", kTuesday}, false},
      {"another tag without quotes", {{10}, "a", kMonday}, {{10}, "b", kMonday}, false},
      {"the empty tag of every file, another date", {{10}, "\"\"", kMonday}, {{10}, "\"\"", kTuesday}, false},
      {"W/ in lower case is no weak tag, and no strong one",
       {{10}, "w/\"a\"", kMonday},
       {{10}, "w/\"a\"", kTuesday},
       false},

      // What one of them lacks.
      {"a strong tag is missing, equal dates", {{10}, "\"a\"", kMonday}, {{10}, "", kMonday}, true},
      {"a strong tag is missing, another date", {{10}, "\"a\"", kMonday}, {{10}, "", kTuesday}, false},
      {"a strong tag is missing and nothing else can be compared", {{10}, "\"a\"", kMonday}, {{10}, "", ""}, false},
      {"a strong tag came", {{10}, "", kMonday}, {{10}, "\"a\"", kMonday}, true},
      {"a strong tag came, another date", {{10}, "", kMonday}, {{10}, "\"a\"", kTuesday}, false},
      {"a weak tag is missing", {{10}, "W/\"a\"", kMonday}, {{10}, "", kMonday}, true},
      {"a date is missing", {{10}, "W/\"a\"", kMonday}, {{10}, "W/\"a\"", ""}, true},
      {"the first answer after a listing", {{10}, "", "", 1}, {{10}, "\"a\"", kMonday}, true},
      {"no validators at all", {{10}, "", ""}, {{10}, "", ""}, true},
      {"no validators at all, another size", {{10}, "", ""}, {{11}, "", ""}, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    CHECK(row.before.same_file(row.now) == row.same);
  }
}

TEST_CASE("only a quoted tag without W/ is strong") {
  struct Row {
    const char* etag;
    bool strong;
  };
  const Row rows[] = {{"\"a\"", true}, {"W/\"a\"", false}, {"w/\"a\"", false}, {"a", false},
                      {"\"a", false},  {"", false},        {"\"", false},      {"\"\"", false}};
  for (const Row& row : rows) {
    CAPTURE(row.etag);
    CHECK(Identity{{10}, row.etag, ""}.has_strong_etag() == row.strong);
  }
}

TEST_CASE("a reply that lacks a validator does not admit two that contradict each other") {
  const Identity first{{10}, "\"a\"", kMonday};
  const Identity bare{{10}, "", kMonday};
  const Identity other{{10}, "\"b\"", kMonday};
  REQUIRE(first.same_file(bare));
  REQUIRE(bare.same_file(other));
  CHECK_FALSE(bare.filled_from(first).same_file(other));
}

TEST_CASE("the validators of a version are added and never removed") {
  const Identity all{{10}, "\"a\"", kMonday, 1};
  const Identity filled = Identity{{10}, "W/\"a\"", kTuesday}.filled_from(all);
  CHECK(filled.etag == "\"a\"");
  CHECK(filled.last_modified == kTuesday);
  CHECK(filled.listed_time == 1);
  CHECK(all.filled_from({{10}, "W/\"a\"", ""}).etag == "\"a\"");
}

TEST_CASE("data stored under one identity is found under another when both name one version") {
  struct Row {
    const char* title;
    Identity a, b;
    bool same;
  };
  const Row rows[] = {
      {"equal", {{10}, "W/\"a\"", kMonday, 1}, {{10}, "W/\"a\"", kMonday, 1}, true},
      {"a strong tag counts alone", {{10}, "\"a\"", kMonday}, {{10}, "\"a\"", kTuesday, 1}, true},
      {"another strong tag", {{10}, "\"a\"", kMonday}, {{10}, "\"b\"", kMonday}, false},
      {"a strong tag came", {{10}, "", kMonday}, {{10}, "\"a\"", kMonday}, false},
      {"a strong tag took the place of a weak one", {{10}, "W/\"a\"", kMonday}, {{10}, "\"a\"", kMonday}, false},
      {"a weak tag came", {{10}, "", kMonday}, {{10}, "W/\"a\"", kMonday}, false},
      {"a time came", {{10}, "W/\"a\"", ""}, {{10}, "W/\"a\"", kMonday}, false},
      {"a listed time came", {{10}, "", kMonday}, {{10}, "", kMonday, 1}, false},
      {"another size", {{10}, "\"a\"", ""}, {{11}, "\"a\"", ""}, false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    CHECK(row.a.is_kept_as(row.b) == row.same);
    CHECK(row.b.is_kept_as(row.a) == row.same);
  }
}

TEST_CASE("a mirror matches when the file has all its validators and they agree") {
  struct Row {
    const char* title;
    Identity file, mirror;
    MirrorFit fit;
  };
  using enum MirrorFit;
  const Row rows[] = {
      {"equal strong tags", {{10}, "\"a\"", ""}, {{10}, "\"a\"", ""}, same},
      {"equal strong tags decide alone", {{10}, "\"a\"", ""}, {{10}, "\"a\"", kTuesday}, same},
      {"another strong tag", {{10}, "\"a\"", kMonday}, {{10}, "\"b\"", kMonday}, other},
      {"another size", {{10}, "\"a\"", ""}, {{11}, "\"a\"", ""}, other},
      {"a strong tag made weak", {{10}, "\"a\"", kMonday}, {{10}, "W/\"a\"", kMonday}, same},
      {"a strong tag made weak, and a time that the file has not",
       {{10}, "\"a\"", ""},
       {{10}, "W/\"a\"", kMonday},
       says_more},
      {"another weak tag", {{10}, "W/\"a\"", kMonday}, {{10}, "W/\"b\"", kMonday}, other},
      {"only the time, equal", {{10}, "\"a\"", kMonday}, {{10}, "", kMonday}, same},
      {"only the time, another", {{10}, "\"a\"", kMonday}, {{10}, "", kTuesday}, other},
      {"only a time, and the file has none", {{10}, "\"a\"", ""}, {{10}, "", kMonday}, says_more},
      {"the time, and a strong tag that the file has not", {{10}, "", kMonday}, {{10}, "\"a\"", kMonday}, says_more},
      {"the time, and a weak tag that the file has not", {{10}, "", kMonday}, {{10}, "W/\"a\"", kMonday}, says_more},
      {"another time, and a tag that the file has not", {{10}, "", kMonday}, {{10}, "\"a\"", kTuesday}, other},
      {"only a tag, and the file has none", {{10}, "", kMonday}, {{10}, "\"a\"", ""}, says_more},
      {"a tag of a file without validators", {{10}, "", ""}, {{10}, "\"a\"", ""}, says_more},
      {"a time of a file without validators", {{10}, "", ""}, {{10}, "", kMonday}, says_more},
      {"nothing of a file with a time", {{10}, "", kMonday}, {{10}, "", ""}, says_less},
      {"nothing of a file with a tag", {{10}, "\"a\"", ""}, {{10}, "", ""}, says_less},
      {"nothing of a file without validators", {{10}, "", ""}, {{10}, "", ""}, same},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    CHECK(fit_of_mirror(row.file, row.mirror) == row.fit);
    if (row.fit == same) CHECK(row.file.same_file(row.mirror));
  }
}
