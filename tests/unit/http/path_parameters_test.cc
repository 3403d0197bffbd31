// SPDX-License-Identifier: MIT
#include "http/path_parameters.h"

#include <doctest/doctest.h>

#include "config/source_url.h"
#include "http/url.h"

using namespace rimfs;

TEST_CASE("a session or credential in a path is hidden, and other parameters are shown") {
  struct Row {
    const char *path, *shown;
  };
  const Row rows[] = {
      {"/a/disk.img", "/a/disk.img"},
      {"/a/disk.img;jsessionid=SECRET", "/a/disk.img"},
      {"/a;JSESSIONID=SECRET/disk.img;v=2", "/a/disk.img;v=2"},
      {"/a/disk.img;v=2;token=SECRET;w=3", "/a/disk.img;v=2;w=3"},
      {"/a/disk.img;%74oken=SECRET", "/a/disk.img"},
      {"/a/disk.img;x_access_token=SECRET=", "/a/disk.img"},
      {"/DISK.ISO;1", "/DISK.ISO;1"},
      {"/;sid=SECRET", "/"},
      {"", ""},
      {"/;;/;", "/;;/;"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.path);
    CHECK(http::without_path_secrets(row.path) == row.shown);
    const std::string url = std::string("http://h") + row.path;
    CHECK(http::display_url(url).text().find("SECRET") == std::string::npos);
    CHECK(config::presentable(url + "?q#f") == std::string("http://h") + row.shown);
  }
}

TEST_CASE("a session in the URL is in no file name, and the request keeps it") {
  const config::SourceUrl source = config::parse_source_url({"http://h/a/disk.img;jsessionid=SECRET", {}});
  CHECK(source.name == "disk.img");
  CHECK(source.url == "http://h/a/disk.img;jsessionid=SECRET");
}
