// SPDX-License-Identifier: MIT
// Pages that no honest server sends: they must not hold up the reactor.
#include <doctest/doctest.h>

#include <random>
#include <string>

#include "base/error.h"
#include "catalog/web/html_index.h"
#include "catalog/web/web_index.h"
#include "large_input.h"
#include "slowed_down.h"

using namespace rimfs;
using namespace rimfs::catalog;
using namespace std::string_view_literals;

namespace {

constexpr std::size_t kMany = kThreadSanitizer ? 10'000 : 100'000;
constexpr std::size_t kLarge = kThreadSanitizer ? 1 << 20 : 10 << 20;
constexpr double kLongest = kSlowedDown ? 20 : 5;  // seconds; all take less than 1 on an idle machine

std::string garbage() {
  std::mt19937 random(1);
  constexpr std::string_view kLikely = "<>/=\"'&;!-a \n";
  std::string text(kLarge, '\0');
  for (char& c : text) {
    c = random() % 2 != 0 ? kLikely[random() % kLikely.size()] : static_cast<char>(random());
  }
  return text;
}

}  // namespace

TEST_CASE("a hostile page neither ends the program nor holds it up") {
  struct Row {
    std::string title;
    std::string page;
  };
  const Row rows[] = {
      {"garbage", garbage()},
      {"nested elements", repeated("<div>", kMany)},
      {"nested elements, closed", repeated("<div>", kMany) + repeated("</div>", kMany)},
      {"nested elements, others closed", repeated("<div>", kMany) + repeated("</span>", kMany)},
      {"nested inline elements and paragraphs", repeated("<b><p>", kMany)},
      {"nested tables", repeated("<table><tr><td>", kMany)},
      {"links in links", repeated("<a href=x>", kMany)},
      {"tags that never end", repeated("<a href=", kMany)},
      {"a tag that never ends", "<a href=\"" + std::string(kLarge, 'x')},
      {"a comment that never ends", "<!--" + std::string(kLarge, '-')},
      {"comments that never end", repeated("<!-- ", kMany * 10)},
      {"a declaration that never ends", "<!DOCTYPE" + std::string(kLarge, ' ')},
      {"a script that never ends", "<script>" + repeated("</", kLarge / 2)},
      {"an attribute of 10 MiB", "<a href=\"" + std::string(kLarge, 'x') + "\">x</a> 03-Feb-2024 04:05 17"},
      {"a name of 10 MiB", "<" + std::string(kLarge, 'x') + ">"},
      {"many attributes", "<a " + repeated("b=c ", kMany) + ">"},
      {"many different attributes",
       [] {
         std::string text = "<a ";
         for (std::size_t i = 0; i < kMany; ++i) text += "b" + std::to_string(i) + "=c ";
         return text + ">";
       }()},
      {"many entities", repeated("&lt;&#0;&#x110000;&unknown", kMany)},
      {"NULs", std::string(kLarge, '\0')},
      {"NULs in links", repeated("<a href=\"a\0b\">\0</a>\0"sv, kMany)},
      {"details of 10 MiB", "<a href=x></a>" + std::string(kLarge, 'y')},
      {"another encoding", "<meta charset=utf-16>" + std::string(kLarge, '\xfe')},
      {"many links of one name",
       [] {
         std::string text;
         for (std::size_t i = 0; i < kMany; ++i) text += "<a href=x?" + std::to_string(i) + "></a>";
         return text;
       }()},
      {"attributes that never end", "<a " + repeated("b ", kLarge / 2)},
      {"a reference that never ends", "&" + std::string(kLarge, 'a')},
      {"references that never end", repeated("&#", kLarge / 2)},
      {"dashes", "<!--" + repeated("-- ", kMany)},
      {"end tags of a script that are none", "<script>" + repeated("</script", kMany)},
      {"names that others get when they are made unique",
       [] {
         std::string text;
         for (std::size_t i = 2; i < kMany; ++i) text += "<a href=x~" + std::to_string(i) + "></a>";
         for (std::size_t i = 0; i < 1000; ++i) text += "<a href=x?" + std::to_string(i) + "></a>";
         return text;
       }()},
      {"many links that are one", repeated("<a href=x></a>\n", kMany)},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    const double begin = processor_seconds();
    try {
      read_index(row.page, "text/html", "http://host/images/");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::corrupt);
    }
    CHECK(processor_seconds() - begin < kLongest);
  }
}

TEST_CASE("a hostile listing in JSON neither ends the program nor holds it up") {
  struct Row {
    std::string title;
    std::string page;
  };
  const Row rows[] = {
      {"garbage", garbage()},
      {"nested arrays", repeated("[", kLarge / 4)},
      {"nested arrays, closed", repeated("[", kLarge / 4) + repeated("]", kLarge / 4)},
      {"nested objects", repeated("{\"a\":", kMany)},
      {"a string of 10 MiB", "[{\"name\":\"" + std::string(kLarge, 'x') + "\"}]"},
      {"a number of 10 MiB", "[{\"size\":" + std::string(kLarge, '1') + "}]"},
      {"a key of 10 MiB", "[{\"" + std::string(kLarge, 'x') + "\":1}]"},
      {"many keys", "[{" + repeated("\"a\":1,", kMany) + "\"name\":\"a\"}]"},
      {"objects in an item", "[{" + repeated("\"a\":{", kMany)},
      {"many entries of one name", "[" + repeated("{\"name\":\"x\"},", kMany) + "{}]"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    const double begin = processor_seconds();
    try {
      read_index(row.page, "application/json", "http://host/images/");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::corrupt);
    }
    CHECK(processor_seconds() - begin < kLongest);
  }
}
