// SPDX-License-Identifier: MIT
#include "catalog/web/xml_index.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "base/error.h"
#include "samples.h"

using namespace rimfs;
using namespace rimfs::catalog;

namespace {

constexpr const char* kUrl = "http://host/images/";
constexpr std::int64_t kSecond = 1706933106;  // 2024-02-03 04:05:06 UTC

std::string list(const std::string& items) { return "<?xml version=\"1.0\"?>\n<list>\n" + items + "</list>\n"; }

}  // namespace

TEST_CASE("nginx's listing in XML has all names, exact sizes and times") {
  std::map<std::string, Entry> entries;
  for (Entry& entry : read_xml_index(sample("samples/index/nginx-xml.xml"), kUrl)) {
    entries.emplace(entry.name, std::move(entry));
  }
  CHECK(entries.size() == hostile_files().size() + hostile_folders().size());
  for (const HostileFile& file : hostile_files()) {
    CAPTURE(file.name);
    REQUIRE(entries.count(file.name) == 1);
    CHECK_FALSE(entries.at(file.name).folder);
    CHECK(entries.at(file.name).size == ByteCount{file.size});
    CHECK(entries.at(file.name).modified == kSecond);
  }
  for (const std::string& name : hostile_folders()) {
    REQUIRE(entries.count(name) == 1);
    CHECK(entries.at(name).folder);
    CHECK_FALSE(entries.at(name).size);
  }
  CHECK(entries.at("sub with + and %2f").key == "http://host/images/sub%20with%20%2B%20and%20%252f/");
}

TEST_CASE("items of an XML listing that are no files and names that lead elsewhere are left out") {
  const Entries entries = read_xml_index(
      list("<other mtime=\"2024-02-03T04:05:06Z\">socket</other><file size=\"3\">../up</file><directory>..</directory>"
           "<file size=\"-1\">a&amp;b</file>"),
      "http://host/images?sort=name");
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].name == "a&b");
  CHECK(entries[0].key == "http://host/images/a%26b");
  CHECK_FALSE(entries[0].size);
  CHECK_FALSE(entries[0].modified);
}

TEST_CASE("an XML document of another kind is no listing, and a bucket's says what to do") {
  CHECK_THROWS_WITH_AS(read_xml_index("<ListBucketResult/>", kUrl), doctest::Contains("s3://"), Error);
  CHECK_THROWS_WITH_AS(read_xml_index("<rss><file>a</file></rss>", kUrl), doctest::Contains("an XML document, rss"),
                       Error);
  for (const char* text : {"", "<list>", "[]", "<list><!DOCTYPE a></list>"}) {
    CAPTURE(std::string(text));
    CHECK_THROWS_AS(read_xml_index(text, kUrl), Error);
  }
}
