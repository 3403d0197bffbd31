// SPDX-License-Identifier: MIT
#include "image/stored_images.h"

#include <doctest/doctest.h>

using namespace rimfs;
using namespace rimfs::image;

namespace {

fetch::RemoteFile file_of(const http::Identity& identity, ByteRange stretch) {
  http::Address address("http://me:secret@127.0.0.1/disk.img?token=x", std::make_shared<const http::ServerAccess>());
  static reactor::EventLoop loop;
  static http::Host host("http://127.0.0.1", 16, loop);
  auto resource = std::make_unique<http::Resource>(std::vector<http::Address>{address}, identity, host);
  return fetch::RemoteFile(1, std::move(resource), stretch);
}

fetch::RemoteFile whole(const http::Identity& identity) { return file_of(identity, range_of({}, identity.size)); }

}  // namespace

TEST_CASE("a store's name tells of the file what named it, so that the server's answer fits") {
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
    CHECK(again->validator == key->validator);
  }
}

TEST_CASE("a file that cannot be told from another version has no store") {
  CHECK(!store_key(whole({5_MiB, "", "", {}})));
  CHECK(!store_key(whole({5_MiB, "W/\"weak\"", "", {}})));
}

TEST_CASE("a store's name holds no secret, and tells stretches of one file apart") {
  const http::Identity identity{5_MiB, "\"1\"", "", {}};
  const auto all = store_key(whole(identity));
  const auto part = store_key(file_of(identity, range_of(Offset{512}, 1_MiB)));
  const auto other = store_key(file_of(identity, range_of(Offset{1024}, 1_MiB)));
  REQUIRE((all && part && other));
  CHECK(all->url == "http://127.0.0.1/disk.img");
  CHECK(part->url != all->url);
  CHECK(part->url != other->url);
  CHECK(part->size == 1_MiB);
}
