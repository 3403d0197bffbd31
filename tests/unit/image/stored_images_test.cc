// SPDX-License-Identifier: MIT
#include "image/stored_images.h"

#include <doctest/doctest.h>

#include <string_view>

using namespace rimfs;
using namespace rimfs::image;

namespace {

constexpr const char* kUrl = "http://me:secret@127.0.0.1/disk.img?id=1&token=x";

fetch::RemoteFile file_of(const http::Identity& identity, ByteRange range, const char* url = kUrl) {
  http::Address address(url, std::make_shared<const http::ServerAccess>());
  static reactor::EventLoop loop;
  static http::Host host("http://127.0.0.1", 16, loop);
  auto resource = std::make_unique<http::Resource>(std::vector<http::Address>{address}, identity, host);
  return fetch::RemoteFile(1, std::move(resource), range);
}

fetch::RemoteFile whole(const http::Identity& identity, const char* url = kUrl) {
  return file_of(identity, range_of({}, identity.size), url);
}

}  // namespace

TEST_CASE("a store's name records the identity of the file, so that it matches the server's reply") {
  const http::Identity rows[] = {
      {5_MiB, "\"strong\"", "Mon, 01 Jan 2024 00:00:00 GMT", {}},
      {5_MiB, "W/\"weak\"", "Mon, 01 Jan 2024 00:00:00 GMT", {}},
      {5_MiB, "", "Mon, 01 Jan 2024 00:00:00 GMT", 1704067200},
      {5_MiB, "", "", 1704067200},
      {5_MiB, "", "", -1},
  };
  for (const http::Identity& identity : rows) {
    const auto file = whole(identity);
    const auto key = store_key(file);
    REQUIRE(key);
    CHECK(key->size == 5_MiB);
    const http::Identity known = identity_of(*key);
    CHECK(known.same_file(identity));
    // And it is kept under the same name again.
    const auto again = store_key(whole(known));
    REQUIRE(again);
    CHECK(again->version == key->version);
  }
}

TEST_CASE("a file whose versions cannot be distinguished has no store") {
  CHECK(!store_key(whole({5_MiB, "", "", {}})));
  CHECK(store_key(whole({5_MiB, "W/\"weak\"", "", {}})));
}

TEST_CASE("a store shows no secret, and ranges of one file have their own") {
  const http::Identity identity{5_MiB, "\"1\"", "", {}};
  const auto all = store_key(whole(identity));
  const auto part = store_key(file_of(identity, range_of(Offset{512}, 1_MiB)));
  const auto other = store_key(file_of(identity, range_of(Offset{1024}, 1_MiB)));
  REQUIRE((all && part && other));
  CHECK(all->url.text() == "http://127.0.0.1/disk.img");
  CHECK(part->url.text() == "http://127.0.0.1/disk.img#512+1048576");
  CHECK(part->version != all->version);
  CHECK(part->version != other->version);
  CHECK(part->size == 1_MiB);
  CHECK((all->whole && !part->whole));
}

TEST_CASE("a version's identity contains everything that determines the bytes, and nothing else") {
  constexpr const char* kMonday = "Mon, 01 Jan 2024 00:00:00 GMT";
  const http::Identity strong{5_MiB, "\"1\"", kMonday, 1};
  const http::Identity weak{5_MiB, "W/\"1\"", kMonday, 1};
  constexpr const char* kPlain = "http://host/get?id=1";
  struct Row {
    const char* title;
    http::Identity a, b;
    const char *url_a, *url_b;
    bool same;
  };
  const Row rows[] = {
      {"the same", strong, strong, kPlain, kPlain, true},
      {"another query", strong, strong, kPlain, "http://host/get?id=2", false},
      {"another size", strong, {6_MiB, "\"1\"", kMonday, 1}, kPlain, kPlain, false},
      {"another strong tag", strong, {5_MiB, "\"2\"", kMonday, 1}, kPlain, kPlain, false},
      {"another date beside a strong tag", strong, {5_MiB, "\"1\"", "", 2}, kPlain, kPlain, true},
      {"another weak tag", weak, {5_MiB, "W/\"2\"", kMonday, 1}, kPlain, kPlain, false},
      {"another date", weak, {5_MiB, "W/\"1\"", "Tue, 02 Jan 2024 00:00:00 GMT", 1}, kPlain, kPlain, false},
      {"another listed time", weak, {5_MiB, "W/\"1\"", kMonday, 2}, kPlain, kPlain, false},
      {"another token, a strong tag", strong, strong, "http://host/get?id=1&token=a", "http://host/get?id=1&token=b",
       true},
      {"another token, weak validators", weak, weak, "http://host/get?id=1&token=a", "http://host/get?id=1&token=b",
       false},
      {"another password", weak, weak, "http://u:a@host/get?id=1", "http://u:b@host/get?id=1", true},
      {"a fragment", weak, weak, kPlain, "http://host/get?id=1#x", true},
      {"the default port", weak, weak, kPlain, "http://host:80/get?id=1", true},
      {"another port", weak, weak, kPlain, "http://host:81/get?id=1", false},
      {"the host in capitals", weak, weak, kPlain, "HTTP://HOST/get?id=1", true},
      {"the path in capitals", weak, weak, kPlain, "http://host/GET?id=1", false},
      {"another spelling of an escape: the server may tell them apart", weak, weak, "http://host/a%2fb",
       "http://host/a%2Fb", false},
      {"an escape and what it stands for", weak, weak, "http://host/a%2fb", "http://host/a/b", false},
      {"the order of parameters", weak, weak, "http://host/get?a=1&b=2", "http://host/get?b=2&a=1", false},
      {"no path and the root", weak, weak, "http://host", "http://host/", true},
      {"an empty query and none", weak, weak, "http://host/a?", "http://host/a", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.title);
    const auto a = store_key(whole(row.a, row.url_a));
    const auto b = store_key(whole(row.b, row.url_b));
    REQUIRE((a && b));
    CHECK((a->version == b->version) == row.same);
    const bool same_url = std::string_view(row.url_a) == row.url_b;
    if (same_url) CHECK(row.a.is_kept_as(row.b) == row.same);
  }
}
