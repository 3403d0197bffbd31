// SPDX-License-Identifier: MIT
#include "catalog/vsphere/server_kind.h"

#include <doctest/doctest.h>

#include "http/address_id.h"
#include "http/url.h"

namespace rimfs::catalog::vsphere {
namespace {

const std::span<const http::ServerKind> kKnown(&kServerKind, 1);

TEST_CASE("a datastore's address is told by its path and its query") {
  for (const char* yes : {"https://vc/folder?dcPath=a", "https://vc/folder?dsName=s",
                          "https://vc/folder/a/b.vmdk?dcPath=a&dsName=s", "https://vc/folder/?x=1&dsName=s"}) {
    CAPTURE(yes);
    CHECK(is_datastore_url(yes));
  }
  for (const char* no :
       {"https://vc/folder", "https://vc/folders?dsName=s", "https://vc/a/folder?dsName=s", "https://vc/?dsName=s",
        "https://vc/folder?xdsName=s", "https://vc/folder?dsname=s", "https://vc/folder#?dsName=s"}) {
    CAPTURE(no);
    CHECK_FALSE(is_datastore_url(no));
  }
}

TEST_CASE("500 is about a locked disk, which passes only when the disk was read before") {
  const http::Rejection first = http::of_status(500, {.served = false, .server_kind = &kServerKind});
  CHECK(first.kind == ErrorKind::corrupt);
  CHECK(first.retry);
  CHECK(first.briefly);
  CHECK(first.reason == "the server answered 500 (is the machine running? Its disks are locked then)");
  const http::Rejection later = http::of_status(500, {.served = true, .server_kind = &kServerKind});
  CHECK(later.kind == ErrorKind::unreachable);
  CHECK(later.retry);
  CHECK_FALSE(later.briefly);
  CHECK(later.reason == "the server answered 500 (was the machine started? Its disks are locked then)");
  for (const int status : {400, 404, 501, 503}) {
    for (const bool served : {false, true}) {
      CAPTURE(status);
      CHECK(http::of_status(status, {.served = served, .server_kind = &kServerKind}).reason ==
            http::of_status(status, {.served = served}).reason);
    }
  }
}

TEST_CASE("401 and 403 say that a privilege may be missing, and renew the login") {
  for (const int status : {401, 403}) {
    const http::Rejection found = http::of_status(status, {.served = true, .server_kind = &kServerKind});
    CHECK(found.kind == ErrorKind::denied);
    CHECK(found.renews_login);
    CHECK(found.reason.find("Datastore.Browse") != std::string::npos);
    CHECK(found.reason.find("--user") != std::string::npos);
  }
}

TEST_CASE("datacenter and datastore are shown with a file's address, and nothing else of its query") {
  struct Row {
    const char *url, *shown;
  };
  const Row rows[] = {
      {"https://u:secret@vc/folder/a.vmdk?dcPath=d&dsName=s#secret", "https://vc/folder/a.vmdk?dcPath=d&dsName=s"},
      {"https://vc/folder/a.vmdk?dcPath=d&token=secret&dsName=s", "https://vc/folder/a.vmdk?dcPath=d&dsName=s"},
      {"https://vc/folders?dsName=s", "https://vc/folders"},
      {"https://vc/a/folder?dsName=s", "https://vc/a/folder"},
  };
  for (const Row& row : rows) CHECK(http::display_url(row.url, kKnown).text() == row.shown);
}

TEST_CASE("another session of the REST interface is the same place, at every address") {
  for (const char* url : {"https://vc/folder/a.vmdk?dcPath=d&dsName=s", "https://vc/cls/data/1/a.vmdk"}) {
    http::ServerAccess access;
    access.server_kinds = kKnown;
    const ImageId plain = http::address_id(url, access).place;
    access.headers = {Secret("VMware-API-Session-Id: 1")};
    CHECK(http::address_id(url, access).place == plain);
    access.headers = {Secret("X-Version: 1")};
    CHECK(http::address_id(url, access).place != plain);
  }
}

TEST_CASE("four connections are what such a server bears") { CHECK(kServerKind.connections == 4); }

}  // namespace
}  // namespace rimfs::catalog::vsphere
