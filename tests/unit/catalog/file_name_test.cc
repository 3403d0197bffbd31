// SPDX-License-Identifier: MIT
#include "catalog/file_name.h"

#include <doctest/doctest.h>

#include <ctime>
#include <set>
#include <string>

using namespace rimfs;
using namespace rimfs::catalog;
using namespace std::string_literals;

namespace {

Entry file(const std::string& name, const std::string& key) { return Entry{name, false, key, {}, {}}; }

std::vector<std::string> names_of(Entries entries) {
  make_unique(entries);
  std::vector<std::string> names;
  for (const Entry& entry : entries) names.push_back(entry.name);
  return names;
}

}  // namespace

TEST_CASE("a name that is nothing, this folder or its parent is no name") {
  for (const char* none : {"", ".", ".."}) CHECK_FALSE(safe_file_name(none));
  CHECK(safe_file_name("...") == "...");
}

TEST_CASE("a server's name becomes a file name that Linux and a terminal can take") {
  struct Row {
    const char* title;
    std::string decoded, safe;
  };
  const Row rows[] = {
      {"an ordinary one", "disk 1.img", "disk 1.img"},
      {"letters of the world", "Umläut ß 日本 😀", "Umläut ß 日本 😀"},
      {"what only a shell minds", "-a$(b)*\\'\"&;", "-a$(b)*\\'\"&;"},
      {"percent signs stay", "100%41", "100%41"},
      {"a slash", "a/b", "a%2Fb"},
      {"the root", "/", "%2F"},
      {"a way out", "../../etc/passwd", "..%2F..%2Fetc%2Fpasswd"},
      {"NUL", "a\0b"s, "a%00b"},
      {"a new line and an escape", "a\nb\x1b[2J", "a%0Ab%1B[2J"},
      {"DEL", "a\x7f", "a%7F"},
      {"a control character of two bytes (C1)",
       "a\xc2\x9b"
       "31m",
       "a%C2%9B31m"},
      {"the first and the last C1", "\xc2\x80\xc2\x9f\xc2\xa0", "%C2%80%C2%9F\xc2\xa0"},
      {"Latin-1", "\xfc.img", "%FC.img"},
      {"a continuation alone", "\x80", "%80"},
      {"a sequence cut short at the end", "a\xe6\x97", "a%E6%97"},
      {"a sequence broken off",
       "\xe6\x97"
       "a",
       "%E6%97a"},
      {"a slash in two bytes", "\xc0\xaf", "%C0%AF"},
      {"a slash in three bytes", "\xe0\x80\xaf", "%E0%80%AF"},
      {"a slash in four bytes", "\xf0\x80\x80\xaf", "%F0%80%80%AF"},
      {"a surrogate", "\xed\xa0\x80", "%ED%A0%80"},
      {"the last before the surrogates", "\xed\x9f\xbf", "\xed\x9f\xbf"},
      {"the last code point", "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"},
      {"beyond the last code point", "\xf4\x90\x80\x80", "%F4%90%80%80"},
      {"bytes that UTF-8 never has", "\xf5\xff\xfe", "%F5%FF%FE"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    CHECK(safe_file_name(row.decoded) == row.safe);
  }
}

TEST_CASE("a long name keeps its beginning, a short one all of it") {
  CHECK(safe_file_name(std::string(255, 'x')) == std::string(255, 'x'));
  const std::string longer = *safe_file_name(std::string(10240, 'x'));
  CHECK(longer.size() == 255);
  CHECK(longer.starts_with(std::string(246, 'x') + "~"));
  CHECK(longer != *safe_file_name(std::string(10239, 'x')));

  SUBCASE("and is not cut inside a character") {
    for (std::size_t shift = 0; shift < 4; ++shift) {
      std::string name(shift, 'x');
      while (name.size() < 1000) name += "😀";
      const std::string cut = *safe_file_name(name);
      CHECK(cut.size() <= 255);
      CHECK((cut.find('~') - shift) % 4 == 0);
      CHECK(safe_file_name(cut) == cut);  // still UTF-8
    }
  }
  SUBCASE("also when it is long only by what is encoded") {
    CHECK(safe_file_name(std::string(100, '\x01'))->size() <= 255);
  }
}

TEST_CASE("entries of one name get different ones") {
  using Names = std::vector<std::string>;
  CHECK(names_of({file("a", "1"), file("b", "2")}) == Names{"a", "b"});
  CHECK(names_of({file("a", "1"), file("a", "2"), file("a", "3")}) == Names{"a", "a~2", "a~3"});

  SUBCASE("but what is there twice is one") {
    CHECK(names_of({file("a", "1"), file("a", "1")}) == Names{"a"});
    CHECK(names_of({file("a", "1"), file("a", "2"), file("a", "2"), file("a", "1")}) == Names{"a", "a~2"});
  }
  SUBCASE("which nobody has already") {
    CHECK(names_of({file("a~2", "1"), file("a", "2"), file("a", "3")}) == Names{"a~2", "a", "a~3"});
    const Names all = names_of({file("a", "1"), file("a", "2"), file("a~2", "3"), file("a", "4")});
    CHECK(std::set<std::string>(all.begin(), all.end()).size() == 4);
  }
  SUBCASE("which are no longer than a name may be") {
    const std::string longest(255, 'x');
    const Names all = names_of({file(longest, "1"), file(longest, "2"), file(longest, "3")});
    CHECK(std::set<std::string>(all.begin(), all.end()).size() == 3);
    for (const std::string& name : all) CHECK(name.size() <= 255);
  }
}

TEST_CASE("what is there twice keeps the size and the time that either told") {
  Entries entries{file("a", "1"), Entry{"a", false, "1", ByteCount{17}, 1706933100}};
  make_unique(entries);
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].size == ByteCount{17});
  CHECK(entries[0].modified == 1706933100);
}

TEST_CASE("100,000 entries of one name take no longer than others") {
  Entries entries;
  for (int i = 0; i < 100'000; ++i) entries.push_back(file("a", std::to_string(i)));
  const std::clock_t begin = std::clock();
  make_unique(entries);
  CHECK(std::clock() - begin < 5 * CLOCKS_PER_SEC);
  CHECK(entries.size() == 100'000);
  CHECK(entries.back().name == "a~100000");
}
