// SPDX-License-Identifier: MIT
#include "catalog/source_kinds.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "http/url.h"

namespace rimfs::catalog {
namespace {

TEST_CASE("each http or https URL has a kind, and its path says whether it is a folder") {
  struct Row {
    const char* url;
    bool is_folder;
  };
  const Row rows[] = {
      {"http://host/", true},
      {"http://host/images/", true},
      {"http://host/images/?sort=name", true},
      {"http://host/disk.img", false},
      {"http://host/folder", false},
      {"http://host/get?id=a/", false},
      {"https://vc/folder?dcPath=dc", true},
      {"https://vc/folder?dcPath=dc&dsName=ds", true},
      {"https://vc/folder/vm/?dcPath=dc&dsName=ds", true},
      {"https://vc/folder/vm/disk.vmdk?dcPath=dc&dsName=ds", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.url);
    const SourceKind& kind = kind_of_url(http::path_and_query(row.url).path, row.url);
    CHECK(kind.is_folder == row.is_folder);
    CHECK(kind.scheme.empty());
  }
}

TEST_CASE("a kind with a scheme of its own is found by it, and tells users all that they need to write") {
  std::set<std::string_view> schemes{"http", "https"};
  for (const SourceKind* kind : kinds_with_scheme()) {
    CAPTURE(kind->scheme);
    CHECK(schemes.insert(kind->scheme).second);
    CHECK(kind_of_scheme(kind->scheme) == kind);
    CHECK(kind->url_form.starts_with(std::string(kind->scheme) + "://"));
    CHECK_FALSE(kind->value_form.empty());
    CHECK_FALSE(kind->help.empty());
    REQUIRE((kind->locate != nullptr));
    CHECK(http::is_web_url(kind->locate("host:8443", "/a/b").url));
    CHECK(kind->user_missing.empty() == kind->user_advice.empty());
  }
  CHECK(kind_of_scheme("http") == nullptr);
  CHECK(kind_of_scheme("") == nullptr);
}

TEST_CASE("a vsphere URL leads to the server, and its path says what of it is shown") {
  const SourceKind* kind = kind_of_scheme("vsphere");
  REQUIRE(kind);
  CHECK(kind->is_folder);
  const WebAddress where = kind->locate("vc:8443", "//DC0/my%20store/vm/");
  CHECK(where.url == "https://vc:8443/");
  CHECK(where.folder == "DC0/my%20store/vm");
}

TEST_CASE("a file beside one in a datastore has the same query, and no other has") {
  CHECK(query_names_file("https://vc/folder/vm/disk.vmdk?dcPath=dc&dsName=ds"));
  CHECK_FALSE(query_names_file("https://host/disk.img?token=x"));
}

}  // namespace
}  // namespace rimfs::catalog
