// SPDX-License-Identifier: MIT
#include "http/server_kind.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "http/options.h"
#include "http/resource.h"
#include "http/url.h"

namespace rimfs::http {
namespace {

bool is_known(const std::string& url) { return path_and_query(url).path.starts_with("/known"); }
bool is_any(const std::string&) { return true; }

TEST_CASE("the first kind that serves a URL is the one of its server") {
  const ServerKind kinds[] = {{.serves = is_known}, {.serves = is_any}};
  CHECK(kind_serving("https://host/known/a", kinds) == &kinds[0]);
  CHECK(kind_serving("https://host/a", kinds) == &kinds[1]);
  CHECK(kind_serving("https://host/a", std::span(kinds).first(1)) == nullptr);
  CHECK(kind_serving("https://host/known", {}) == nullptr);
  CHECK_THROWS_AS(kind_serving("no URL", kinds), Error);
}

TEST_CASE("an address knows the kind of its server, wherever a redirect leads") {
  const ServerKind kinds[] = {{.serves = is_known}};
  auto access = std::make_shared<ServerAccess>();
  access->server_kinds = kinds;
  Address known("https://host/known", access);
  known.redirect_to("https://elsewhere/a");
  CHECK(known.server_kind() == &kinds[0]);
  Address other("https://host/a", access);
  other.redirect_to("https://elsewhere/known");
  CHECK(other.server_kind() == nullptr);
  CHECK(Address("https://host/known", std::make_shared<ServerAccess>()).server_kind() == nullptr);
}

TEST_CASE("a server gets as many connections as the user says, else as its kind allows, else as all together") {
  const ServerKind four{.serves = is_any, .connections = 4};
  const ServerKind plain{.serves = is_any};
  Options options;
  options.connections = 9;
  CHECK(options.connections_to(nullptr) == 9);
  CHECK(options.connections_to(&plain) == 9);
  CHECK(options.connections_to(&four) == 4);
  options.connections_per_host = 7;
  for (const ServerKind* kind : {static_cast<const ServerKind*>(nullptr), &plain, &four}) {
    CHECK(options.connections_to(kind) == 7);
  }
}

}  // namespace
}  // namespace rimfs::http
