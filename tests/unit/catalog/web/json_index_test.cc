// SPDX-License-Identifier: MIT
#include "catalog/web/json_index.h"

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

Entry only_entry(const std::string& json, const std::string& url = kUrl) {
  const Entries entries = read_json_index(json, url);
  REQUIRE(entries.size() == 1);
  return entries.front();
}

}  // namespace

TEST_CASE("nginx's listing in JSON has all names, exact sizes and times") {
  std::map<std::string, Entry> entries;
  for (Entry& entry : read_json_index(sample("samples/index/nginx-json.json"), kUrl)) {
    entries.emplace(entry.name, std::move(entry));
  }
  CHECK(entries.size() == hostile_files().size() + hostile_folders().size());
  for (const HostileFile& file : hostile_files()) {
    CAPTURE(file.name);
    REQUIRE(entries.count(file.name) == 1);
    const Entry& entry = entries.at(file.name);
    CHECK_FALSE(entry.folder);
    CHECK(entry.size == ByteCount{file.size});
    CHECK(entry.modified == kSecond);
  }
  for (const std::string& name : hostile_folders()) {
    REQUIRE(entries.count(name) == 1);
    CHECK(entries.at(name).folder);
    CHECK_FALSE(entries.at(name).size);
    CHECK(entries.at(name).modified == kSecond);
  }
  CHECK(entries.at("sub with + and %2f").key == "http://host/images/sub%20with%20%2B%20and%20%252f/");
  CHECK(entries.at("question?mark=1").key == "http://host/images/question%3Fmark%3D1");
}

TEST_CASE("Caddy's listing in JSON is read too") {
  const Entries entries = read_json_index(
      R"([{"name":"sub/","size":4096,"url":"./sub/","mod_time":"2024-02-03T04:05:06Z","mode":2147484141,"is_dir":true,
           "is_symlink":false},
          {"name":"a b","size":17,"url":"./a%20b","mod_time":"2024-02-03T04:05:06.123456789Z","is_dir":false}])",
      "http://host/images?sort=name");
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].name == "sub");
  CHECK(entries[0].folder);
  CHECK_FALSE(entries[0].size);
  CHECK(entries[0].key == "http://host/images/sub/");
  CHECK(entries[0].modified == kSecond);
  CHECK(entries[1].name == "a b");
  CHECK(entries[1].size == ByteCount{17});
  CHECK(entries[1].key == "http://host/images/a%20b");
  CHECK(entries[1].modified == kSecond);
}

TEST_CASE("a name can lead nowhere else") {
  CHECK(only_entry(R"([{"name":"http:evil"}])").key == "http://host/images/http%3Aevil");
  CHECK(only_entry(R"([{"name":"a\u0000b?c#d\\"}])").key == "http://host/images/a%00b%3Fc%23d%5C");
  CHECK(only_entry(R"([{"name":"%2e%2e"}])").key == "http://host/images/%252e%252e");
  for (const char* name : {"", ".", "..", "/", "../", "../a", "a/b", "/etc/passwd", "..//"}) {
    CAPTURE(name);
    CHECK(read_json_index(std::string(R"([{"name":")") + name + R"("}])", kUrl).empty());
  }
}

TEST_CASE("what is odd in an item is passed over") {
  CHECK(read_json_index(R"([1, null, "a", [], {}, {"name":5}, {"name":null}, {"size":1}])", kUrl).empty());
  struct Row {
    const char* size;
    std::optional<std::uint64_t> expected;
  };
  const Row rows[] = {
      {"0", 0},
      {"17", 17},
      {"9223372036854775807", INT64_MAX},
      {"9223372036854775808", {}},
      {"18446744073709551615", {}},
      {"18446744073709551616", {}},
      {"-1", {}},
      {"1.5", {}},
      {"1e3", {}},
      {"\"17\"", {}},
      {"null", {}},
      {"[]", {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.size);
    const Entry entry = only_entry(std::string(R"([{"name":"a","size":)") + row.size + "}]");
    CHECK(entry.size == (row.expected ? std::optional(ByteCount{*row.expected}) : std::nullopt));
  }
  for (const char* time : {"\"\"", "\"yesterday\"", "5", "null", "{}"}) {
    CAPTURE(time);
    CHECK_FALSE(only_entry(std::string(R"([{"name":"a","mtime":)") + time + "}]").modified);
  }
  CHECK_FALSE(only_entry(R"([{"name":"a","type":5}])").folder);
  CHECK_FALSE(only_entry(R"([{"name":"a","is_dir":"yes"}])").folder);
}

TEST_CASE("only what an item says itself counts, not what is inside it") {
  const Entry entry = only_entry(R"([{"a":{"name":"b","size":1},"name":"c","b":[{"name":"d"}],"size":2}])");
  CHECK(entry.name == "c");
  CHECK(entry.size == ByteCount{2});
  CHECK(read_json_index(R"([[{"name":"a"}],[["name","a"]]])", kUrl).empty());
}

TEST_CASE("a listing in JSON beyond a limit is refused, and the error names the limit") {
  struct Row {
    const char* title;
    std::string json;
    const char* limit;
  };
  const Row rows[] = {
      {"depth", "[" + std::string(64, '[') + std::string(64, ']') + "]", "64 levels"},
      {"a name", "[{\"name\":\"" + std::string(70'000, 'x') + "\"}]", "65536 bytes"},
      {"a number", "[{\"size\":" + std::string(70'000, '1') + "}]", "65536 bytes"},
      {"entries", "[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"}]", "more than 2 entries"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    EntryList entries({2, 1_MiB});
    try {
      read_json_index(one_piece(row.json), kUrl, entries);
      FAIL("it was read");
    } catch (const Error& error) {
      CAPTURE(error.message());
      CHECK(error.kind() == ErrorKind::corrupt);
      CHECK(error.message().find(row.limit) != std::string::npos);
    }
  }
}

TEST_CASE("what is no listing is corrupt") {
  for (const char* page : {"", "{}", "null", "\"a\"", "[", "[{\"name\":\"a\"}", "<html>", "[]x"}) {
    CAPTURE(page);
    try {
      read_json_index(page, kUrl);
      FAIL("taken for a listing");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::corrupt);
    }
  }
  CHECK(read_json_index("[]", kUrl).empty());
}
