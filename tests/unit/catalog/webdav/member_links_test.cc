// SPDX-License-Identifier: MIT
#include "catalog/webdav/member_links.h"

#include <doctest/doctest.h>

namespace rimfs::catalog::webdav {
namespace {

TEST_CASE("an href leads to a member, to the folder itself, or somewhere else") {
  using enum MemberLinks::Place;
  struct Row {
    const char* url;
    const char* href;
    MemberLinks::Place place;
    const char* name;
    const char* key;
  };
  const Row rows[] = {
      {"http://h/dav/", "/dav/", itself, "", ""},
      {"http://h/dav/", "/dav", itself, "", ""},
      {"http://h/dav", "/dav/", itself, "", ""},
      {"http://h/dav/", "http://h/dav/", itself, "", ""},
      {"http://h/dav/", "/DAV/", itself, "", ""},
      {"http://h/", "http://h", itself, "", ""},
      {"http://h/", "/", itself, "", ""},
      {"http://h/a%20b/", "/a b/", itself, "", ""},
      {"http://h/dav/", ".", itself, "", ""},
      {"http://h/dav/", "./", itself, "", ""},
      {"http://h/dav/", "\n /dav/x \n", member, "x", "http://h/dav/x"},
      {"http://h/dav", "/dav/x", member, "x", "http://h/dav/x"},
      {"http://h/dav/", "/dav/x/", member, "x", "http://h/dav/x"},
      {"http://h/dav/", "//dav//x", member, "x", "http://h/dav/x"},
      {"http://h/", "/x", member, "x", "http://h/x"},
      {"http://h:8080/dav/", "http://h/dav/x", member, "x", "http://h:8080/dav/x"},
      {"https://h/dav/", "http://h:8080/dav/x", member, "x", "https://h/dav/x"},
      {"https://h/dav/", "http://internal:1/dav/x", member, "x", "https://h/dav/x"},
      {"http://h/dav/", "/dav/a+b", member, "a+b", "http://h/dav/a+b"},
      {"http://h/dav/", "/dav/a%2bb%2Bc", member, "a+b+c", "http://h/dav/a%2bb%2Bc"},
      {"http://h/dav/", "/dav/two words", member, "two words", "http://h/dav/two%20words"},
      {"http://h/dav/", "/dav/100%", member, "100%", "http://h/dav/100%25"},
      {"http://h/dav/", "/dav/100%25", member, "100%", "http://h/dav/100%25"},
      {"http://h/dav/", "/dav/100%2541", member, "100%41", "http://h/dav/100%2541"},
      {"http://h/dav/", "/dav/what?#1", member, "what?#1", "http://h/dav/what%3F%231"},
      {"http://h/dav/", "/dav/%3f%23", member, "?#", "http://h/dav/%3f%23"},
      {"http://h/dav/", "/dav/a\\b[1]{2}", member, "a\\b[1]{2}", "http://h/dav/a%5Cb%5B1%5D%7B2%7D"},
      {"http://h/dav/", "/dav/a%2fb", member, "a/b", "http://h/dav/a%2fb"},
      {"http://h/dav/", "/dav/a:b", member, "a:b", "http://h/dav/a:b"},
      {"http://h/dav/", "x", member, "x", "http://h/dav/x"},
      {"http://h/dav/", "./x", member, "x", "http://h/dav/x"},
      {"http://h/dav/", "a:b", member, "a:b", "http://h/dav/a:b"},
      {"http://h/dav/?x=1", "/dav/x", member, "x", "http://h/dav/x"},
      {"http://h/dav/", "/dav/a/b", deeper, "", ""},
      {"http://h/dav/", "/dav/a/b/", deeper, "", ""},
      {"http://h/dav/", "/x", elsewhere, "", ""},
      {"http://h/dav/", "/davx/y", elsewhere, "", ""},
      {"http://h/dav/", "/dav/../x", elsewhere, "", ""},
      {"http://h/dav/", "/dav/%2e%2e/x", elsewhere, "", ""},
      {"http://h/dav/", "/dav/..", elsewhere, "", ""},
      {"http://h/dav/", "..", elsewhere, "", ""},
      {"http://h/dav/", "", elsewhere, "", ""},
      {"http://h/dav/", "/", elsewhere, "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.url));
    CAPTURE(std::string(row.href));
    const MemberLinks::Link link = MemberLinks(row.url).read(row.href);
    CHECK(link.place == row.place);
    CHECK(link.name == row.name);
    CHECK(link.url == row.key);
  }
  CHECK(MemberLinks("http://h/").read("/" + std::string(70'000, 'x')).place == elsewhere);
}

}  // namespace
}  // namespace rimfs::catalog::webdav
