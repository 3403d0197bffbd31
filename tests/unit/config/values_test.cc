// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "config/schema.h"
#include "config/source_url.h"
#include "config/value.h"

using namespace rimfs;
using namespace rimfs::config;

TEST_CASE("a URL is split into its login and a file name, each decoded once") {
  struct Row {
    const char* text;
    const char* url;
    const char* name;
    const char* user;
  };
  for (const Row& row : {Row{"http://h/a/b.img", "http://h/a/b.img", "b.img", ""},
                         {"HTTPS://u:p%40@h:8/b%2520.img?x=/y#z", "https://h:8/b%2520.img?x=/y", "b%20.img", "u"},
                         {"http://h", "http://h/", "h", ""},
                         {"http://h?q", "http://h/?q", "h", ""},
                         {"http://[::1]:80/a b", "http://[::1]:80/a%20b", "a b", ""}}) {
    CAPTURE(row.text);
    const SourceUrl url = parse_source_url({row.text, {}});
    CHECK(url.url == row.url);
    CHECK(url.name == row.name);
    CHECK(url.user.value_or("") == row.user);
  }
}

TEST_CASE("an invalid URL is refused without its secrets") {
  for (const char* text : {"ftp://h/x", "not a url", "http://", "http://h:99999/x", "http://u:hunter2@:1/x",
                           "http://u:hun/ter2@h/x", "http://u:h?hunter2@h/x", "ftp://u:hunter2@h/x", "u:hunter2@h/x"}) {
    CAPTURE(text);
    try {
      parse_source_url({text, {}});
      FAIL_CHECK("accepted");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::misuse);
      CHECK(error.message().find("ter2") == std::string::npos);
    }
  }
}

TEST_CASE("a name before a URL ends at the = before the scheme") {
  CHECK(split_name("a=b.img=http://h/x").name == "a=b.img");
  CHECK(split_name("=http://h/x").name == "");
  CHECK_FALSE(split_name("http://h/x?u=http://y").name);
}

TEST_CASE("the nearest word is found for a typing mistake") {
  CHECK(nearest("blok-size", {"block-size", "cache-memory"}) == "block-size");
  CHECK(nearest("colour", {"block-size", "url"}).empty());
  CHECK(nearest("moutn", {"umount", "mount"}) == "mount");
  CHECK(nearest("ofline", {"offline"}) == "offline");
  CHECK(nearest("", {"map"}).empty());
}
