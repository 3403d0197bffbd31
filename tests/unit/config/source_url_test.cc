// SPDX-License-Identifier: MIT
// Odd URLs: what is read from them, and that libcurl, which sends the requests, reads the same server and path from the
// URL that is requested.
#include "config/source_url.h"

#include <doctest/doctest.h>

#include "http/url.h"

using namespace rimfs;
using namespace rimfs::config;

TEST_CASE("rimfs and libcurl interpret an odd URL alike") {
  struct Row {
    const char* text;
    const char* origin;
    const char* url;
    const char* user;
    const char* password;
  };
  const Row rows[] = {
      // "@": the last one before the path ends the login, as in browsers. libcurl alone refuses the first two.
      {"http://user:p@ss@host/a", "http://host:80", "http://host/a", "user", "p@ss"},
      {"http://u:p@h:1@k/a", "http://k:80", "http://k/a", "u", "p@h:1"},
      {"http://u:p%40x@h/a", "http://h:80", "http://h/a", "u", "p@x"},
      {"http://u:p@h/a@b", "http://h:80", "http://h/a@b", "u", "p"},
      {"http://h/a@b", "http://h:80", "http://h/a@b", "", ""},
      {"http://h/a?x=@y", "http://h:80", "http://h/a?x=@y", "", ""},
      {"http://h?u@v", "http://h:80", "http://h/?u@v", "", ""},
      {"http://u:p@h?q@r", "http://h:80", "http://h/?q@r", "u", "p"},
      {"http://h/a#f@g", "http://h:80", "http://h/a", "", ""},
      {"http://:p@h/a", "http://h:80", "http://h/a", "", "p"},
      {"http://@h/a", "http://h:80", "http://h/a", "", ""},
      // Servers.
      {"http://[::1]:8080/a", "http://[::1]:8080", "http://[::1]:8080/a", "", ""},
      {"http://u@[::1]/a", "http://[::1]:80", "http://[::1]/a", "u", ""},
      {"HTTPS://Host/A", "https://host:443", "https://Host/A", "", ""},
      {"http://h:80/a", "http://h:80", "http://h:80/a", "", ""},
      {"http://h./a", "http://h.:80", "http://h./a", "", ""},
      {"http://h:/a", "http://h:80", "http://h/a", "", ""},  // RFC 3986, section 3.2.3: as without a colon
      // Path, query and fragment.
      {"http://h", "http://h:80", "http://h/", "", ""},
      {"http://h?", "http://h:80", "http://h/?", "", ""},
      {"http://h#f", "http://h:80", "http://h/", "", ""},
      {"http://h/a?b#c?d", "http://h:80", "http://h/a?b", "", ""},
      {"http://h//a", "http://h:80", "http://h//a", "", ""},
      {"http://h/a b?c=d e", "http://h:80", "http://h/a%20b?c=d%20e", "", ""},
      {"http://h/\xc3\xa4", "http://h:80", "http://h/%C3%A4", "", ""},
      {"http://h/%7ea%2f", "http://h:80", "http://h/%7ea%2f", "", ""},
      {"http://h/a/./b/../c", "http://h:80", "http://h/a/c", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const SourceUrl source = parse_source_url({row.text, {}});
    CHECK(source.url == row.url);
    CHECK(source.user.value_or("") == row.user);
    CHECK((source.password ? std::string(source.password->reveal()) : "") == row.password);
    CHECK(http::origin_of(source.url) == row.origin);
    const http::PathAndQuery parts = http::path_and_query(source.url);
    const std::string sent = parts.path + (parts.query.empty() ? "" : "?" + parts.query);
    CHECK((source.url.ends_with(sent) || source.url.ends_with(sent + "?")));
  }
}

TEST_CASE("a URL that could be read as another server's is refused, and its password is not shown") {
  // libcurl alone reads the server "a" from the first, and takes port 0.
  for (const char* text : {"http:///a", "http://?u:hunter2@h", "http://u:hunter2%0a@h/a", "http://u:hunter2@h:0/a",
                           "http://u:hun/ter2@h/a", "http://u:hun?ter2@h/a", "http://u:hunter2@/a",
                           "http://u:hunter2@h\\a/b", "http://u:hunter2@h:99999/a", "http://u:hun#ter2@h/a"}) {
    CAPTURE(text);
    std::string message;
    try {
      parse_source_url({text, {}});
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::misuse);
      message = error.message();
    }
    CHECK_FALSE(message.empty());
    CHECK(message.find("ter2") == std::string::npos);
  }
}

TEST_CASE("what follows \"!/\" is a member of the archive before it, and the query is the archive's") {
  struct Row {
    const char* text;
    const char* url;
    std::vector<std::string> members;
    const char* name;
    const char* file_name;
  };
  const Row rows[] = {
      {"http://h/a.ova!/disk.vmdk", "http://h/a.ova", {"disk.vmdk"}, "disk.vmdk", "a.ova"},
      {"http://h/a.ova!/", "http://h/a.ova", {""}, "a.ova", "a.ova"},
      {"http://h/a.tar!/x/y%20z/", "http://h/a.tar", {"x/y z/"}, "y z", "a.tar"},
      {"http://h/d/a.zip!/b.ova!/c", "http://h/d/a.zip", {"b.ova", "c"}, "c", "a.zip"},
      {"http://h/a.ova?t=1!/d", "http://h/a.ova?t=1", {"d"}, "d", "a.ova"},
      {"http://h/a.ova!/d?t=1", "http://h/a.ova?t=1", {"d"}, "d", "a.ova"},
      {"http://h/a.ova?p=x!/y!/d", "http://h/a.ova?p=x!/y", {"d"}, "d", "a.ova"},
      {"http://h/a.ova!/d#part", "http://h/a.ova", {"d"}, "d", "a.ova"},
      {"s3://bucket/k/a.ova!/d", nullptr, {"d"}, "d", "a.ova"},
      // No member: an escaped "!", one that no "/" follows, one in the user's part.
      {"http://h/dir%21/a.img", "http://h/dir%21/a.img", {}, "a.img", "a.img"},
      {"http://h/a!b", "http://h/a!b", {}, "a!b", "a!b"},
      {"http://u:p!@h/a", "http://h/a", {}, "a", "a"},
      {"http://h/a#x!/y", "http://h/a", {}, "a", "a"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.text));
    const SourceUrl source = parse_source_url({row.text, {}});
    if (row.url) CHECK(source.url == row.url);
    CHECK(source.members == row.members);
    CHECK(source.name == row.name);
    CHECK(source.file_name == row.file_name);
  }
}
