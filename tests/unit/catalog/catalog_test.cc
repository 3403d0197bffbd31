// SPDX-License-Identifier: MIT
#include "catalog/catalog.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "../http/scripted_transport.h"
#include "catalog/source_kinds.h"
#include "http/url.h"

namespace rimfs::catalog {
namespace {

/// What makes trees, and a network where no server answers.
struct Scene {
  reactor::EventLoop loop;
  Log log = Log::silent();
  http::ScriptedTransport transport{loop, [](const http::Exchange&) { return http::ScriptedReply::failure(500); }};
  http::Client client{loop, transport, {}, log, http::Jitter(1)};
  reactor::Offload pool{loop, 0};

  std::shared_ptr<Tree> tree_of(const Source& source) { return make_tree({source}, {loop, client, pool, log}); }
};

Source image_at(const std::string& url) {
  Source source;
  source.url = url;
  source.name = "image";
  source.kind = &kind_of_url(http::path_and_query(url).path, url);
  return source;
}

const std::string kDatastoreFile = "https://vc/folder/a.vmdk?dcPath=d&dsName=s";

TEST_CASE("the addresses of a source, its mirrors and its map each have the kind of their own server") {
  Scene scene;
  for (const bool with_login : {false, true}) {
    CAPTURE(with_login);
    Source source = image_at(kDatastoreFile);
    source.mirrors = {"https://host/a.vmdk", "https://vc2/folder/a.vmdk?dsName=s"};
    source.extents = "https://vc/folder/a.map?dsName=s";
    if (with_login) {
      source.access.user = "me";
      source.access.password = Secret("a password");
    }
    const Found found = scene.tree_of(source)->listed(Entry{"image", false, "0", {}, {}});
    REQUIRE(found.address.server_kind());
    CHECK(found.address.server_kind()->serves(kDatastoreFile));
    CHECK(found.address.shown().text() == kDatastoreFile);
    CHECK(found.mirrors.at(0).server_kind() == nullptr);
    CHECK(found.mirrors.at(1).server_kind() == found.address.server_kind());
    REQUIRE(found.map);
    CHECK(found.map->address->server_kind() == found.address.server_kind());
  }
}

TEST_CASE("an ordinary source has a server of no special kind, and its mirror may have one") {
  Scene scene;
  Source source = image_at("https://host/a.vmdk?dsName=s");
  source.mirrors = {kDatastoreFile};
  const Found found = scene.tree_of(source)->listed(Entry{"image", false, "0", {}, {}});
  CHECK(found.address.server_kind() == nullptr);
  CHECK(found.address.shown().text() == "https://host/a.vmdk");
  CHECK(found.mirrors.at(0).server_kind() != nullptr);
}

}  // namespace
}  // namespace rimfs::catalog
