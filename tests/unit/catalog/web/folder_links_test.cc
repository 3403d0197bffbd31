// SPDX-License-Identifier: MIT
#include "catalog/web/folder_links.h"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <string>

#include "base/error.h"
#include "catalog/file_name.h"
#include "http/url.h"

using namespace rimfs;
using namespace rimfs::catalog;

namespace {

constexpr const char* kListingPage = "http://host:8080/images/";

}  // namespace

TEST_CASE("a link to what is in the folder is an entry, with its address as the server wrote it") {
  struct Row {
    const char *href, *name;
    bool folder;
    const char* key;
  };
  const Row rows[] = {
      {"disk.img", "disk.img", false, "http://host:8080/images/disk.img"},
      {"./disk.img", "disk.img", false, "http://host:8080/images/disk.img"},
      {"/images/disk.img", "disk.img", false, "http://host:8080/images/disk.img"},
      {"//host:8080/images/disk.img", "disk.img", false, "http://host:8080/images/disk.img"},
      {"http://host:8080/images/disk.img", "disk.img", false, "http://host:8080/images/disk.img"},
      {"HTTP://HOST:8080/images/disk.img", "disk.img", false, nullptr},
      {"../images/disk.img", "disk.img", false, "http://host:8080/images/disk.img"},
      {"sub/", "sub", true, "http://host:8080/images/sub/"},
      {"/images/sub/", "sub", true, "http://host:8080/images/sub/"},
      {"  disk.img\n", "disk.img", false, "http://host:8080/images/disk.img"},
      {"disk.img#top", "disk.img", false, "http://host:8080/images/disk.img"},
      {"disk.img?v=1&w=%20", "disk.img", false, "http://host:8080/images/disk.img?v=1&w=%20"},
      {"%64isk%2eimg", "disk.img", false, "http://host:8080/images/%64isk%2eimg"},
      {"a%2fb", "a%2Fb", false, "http://host:8080/images/a%2fb"},
      {"a%2Fb", "a%2Fb", false, "http://host:8080/images/a%2Fb"},
      {"..%2f..%2fetc%2fpasswd", "..%2F..%2Fetc%2Fpasswd", false, "http://host:8080/images/..%2f..%2fetc%2fpasswd"},
      {"a%00b", "a%00b", false, "http://host:8080/images/a%00b"},
      {"100%25", "100%", false, "http://host:8080/images/100%25"},
      {"100%", "100%", false, "http://host:8080/images/100%"},
      {"percent%2541", "percent%41", false, "http://host:8080/images/percent%2541"},
      {"plus+plus", "plus+plus", false, "http://host:8080/images/plus+plus"},
      {"two words", "two words", false, "http://host:8080/images/two%20words"},
      {"Uml\xc3\xa4ut", "Uml\xc3\xa4ut", false, "http://host:8080/images/Uml%C3%A4ut"},
      {"./colon:8080", "colon:8080", false, "http://host:8080/images/colon:8080"},
      {"a,b=c@d!$(e)*", "a,b=c@d!$(e)*", false, "http://host:8080/images/a,b=c@d!$(e)*"},
      {"...", "...", false, "http://host:8080/images/..."},
      // Behind a proxy that ends TLS, and on file systems that ignore case.
      {"https://host:8080/images/disk.img?v=1", "disk.img", false, "http://host:8080/images/disk.img?v=1"},
      {"/Images/disk.img", "disk.img", false, "http://host:8080/Images/disk.img"},
  };
  const FolderLinks links(kListingPage);
  for (const Row& row : rows) {
    CAPTURE(row.href);
    const std::optional<Entry> entry = links.entry(row.href);
    REQUIRE(entry);
    CHECK(entry->name == row.name);
    CHECK(entry->folder == row.folder);
    if (row.key) CHECK(entry->key == row.key);
    CHECK(http::origin_of(entry->key) == http::origin_of(kListingPage));
  }
}

TEST_CASE("a link to anything else is no entry") {
  const FolderLinks links(kListingPage);
  for (const char* href : {"",
                           "   ",
                           "#top",
                           "?C=N;O=D",
                           "./?sort=name&order=desc",
                           "/images/?C=M;O=A",
                           ".",
                           "./",
                           "..",
                           "../",
                           "/",
                           "../other",
                           "../other/",
                           "/images",
                           "/images/",
                           "/imagesdisk.img",
                           "sub/disk.img",
                           "/images/sub/disk.img",
                           "../../images2/x",
                           "%2e%2e",
                           "%2E%2E/",
                           ".%2e/",
                           "%2e",
                           "%2e/",
                           "%2e%2e/disk.img",
                           "http://evil/images/disk.img",
                           "http://host/images/disk.img",
                           "http://host:80/images/disk.img",
                           "https://host:8443/images/disk.img",
                           "https://host/images/disk.img",
                           "//evil/",
                           "//%7F",
                           "//evil%7F/images/x",
                           "//evil/images/disk.img",
                           "///evil/images/disk.img",
                           "http://host:8080@evil/images/disk.img",
                           "http://host:8080.evil/images/disk.img",
                           "\\\\evil\\images\\disk.img/x",
                           "javascript:alert(1)",
                           "JavaScript:alert(1)",
                           "mailto:a@b",
                           "data:text/html,x",
                           "file:///images/disk.img",
                           "ftp://host:8080/images/disk.img",
                           "colon:8080",
                           "http:",
                           "http://",
                           "https://",
                           "http://[",
                           "http://host:99999/"}) {
    CAPTURE(std::string(href));
    CHECK_FALSE(links.entry(href));
  }
  CHECK_FALSE(links.entry(std::string(1 << 20, 'x')));
}

TEST_CASE("a name alone, which is resolved without libcurl, becomes what libcurl makes of it") {
  for (const char* page :
       {kListingPage, "http://host:8080", "https://host/", "http://host/a/../b/./", "http://host/images",
        "http://host/%7euser/?C=N;O=D", "http://host/\xc3\xbc/", "HTTP://u:p@HOST/images/#x",
        "https://vc/folder/?dcPath=a&dsName=b", "https://vc/folder/vm/?dcPath=a&dsName=b",
        "https://vc/folder?dcPath=a&dsName=b", "https://vc/folder/"}) {
    const FolderLinks links(page);
    for (const std::string href : {"disk-1.img", "sub/", "a%20b", "a%2fb/", "%2e%2e", "%2e/", "%", "%zz", "~",
                                   "+,=@!$()*&;'", "a..", "a.", "%00", "%c3%bc", "%fc"}) {
      CAPTURE(page);
      CAPTURE(href);
      const auto plain = links.entry(href);
      const auto resolved = links.entry("./" + href);
      REQUIRE(plain.has_value() == resolved.has_value());
      if (!plain) continue;
      CHECK(plain->name == resolved->name);
      CHECK(plain->key == resolved->key);
      CHECK(plain->folder == resolved->folder);
    }
  }
}

TEST_CASE("the default port may be written") {
  const FolderLinks links("https://host/images/");
  CHECK(links.entry("https://host:443/images/x"));
  CHECK(links.entry("https://HOST/images/x"));
  CHECK_FALSE(links.entry("https://host:80/images/x"));
  CHECK(links.entry("http://host/images/x"));
}

TEST_CASE("a page's path may be written in another way than in its links") {
  const FolderLinks links("http://host/my%20images/%c3%bc/");
  CHECK(links.entry("/my%20images/%C3%BC/disk.img"));
  CHECK(links.entry("/my images/\xc3\xbc/disk.img"));
  CHECK_FALSE(links.entry("/my+images/%C3%BC/disk.img"));
}

TEST_CASE("a folder's encoded slash does not pass for a folder in it") {
  const FolderLinks links("http://host/a%2fb/");
  CHECK(links.entry("x")->key == "http://host/a%2fb/x");
  CHECK_FALSE(links.entry("/a/b/x"));
}

TEST_CASE("the pages above a datastore's files list datacenters and datastores") {
  const FolderLinks top("https://vc/folder");
  std::optional<Entry> entry = top.entry("/folder?dcPath=F0%2fDC1");
  REQUIRE(entry);
  CHECK(entry->name == "F0%2FDC1");
  CHECK(entry->folder);
  CHECK(entry->key == "https://vc/folder?dcPath=F0%2fDC1");
  CHECK_FALSE(top.entry("https://evil/folder?dcPath=DC0"));
  CHECK_FALSE(top.entry("/folder"));
  CHECK_FALSE(top.entry("/folder?dcPath=.."));

  const FolderLinks datacenter("https://vc/folder?dcPath=DC0");
  entry = datacenter.entry("/folder?dcPath=DC0&dsName=Data%20store%2b1");
  REQUIRE(entry);
  CHECK(entry->name == "Data store+1");
  CHECK(entry->folder);
  CHECK_FALSE(datacenter.entry("/folder"));

  const FolderLinks datastore("https://vc/folder?dcPath=DC0&dsName=s1");
  CHECK(datastore.entry("/folder/vm/?dcPath=DC0&dsName=s1")->folder);
  CHECK(datastore.entry("/folder/vm/?dcPath=DC0&dsName=s1")->name == "vm");
  CHECK_FALSE(datastore.entry("/folder?dcPath=DC0"));

  SUBCASE("and the text of a link tells how often its values are encoded") {
    const std::string twice = "/folder?dcPath=DC0&dsName=Data%2520store%252b1";
    CHECK(datacenter.entry(twice, "Data store+1")->name == "Data store+1");
    CHECK(datacenter.entry(twice, " Data store+1/ ")->name == "Data store+1");
    CHECK(datacenter.entry(twice, "Data%20store%2b1")->name == "Data%20store%2b1");
    CHECK(datacenter.entry(twice)->name == "Data%20store%2b1");
  }
  SUBCASE("and a link that lost the datastore's name gets it back") {
    const FolderLinks folder("https://vc/folder/vm/?dcPath=DC0&dsName=s1");
    CHECK(folder.entry("/folder/vm/a.vmdk")->key == "https://vc/folder/vm/a.vmdk?dcPath=DC0&dsName=s1");
    CHECK(folder.entry("a.vmdk?")->key == "https://vc/folder/vm/a.vmdk?dcPath=DC0&dsName=s1");
    CHECK(folder.entry("a.vmdk?dcPath=DC0&dsName=s1")->key == "https://vc/folder/vm/a.vmdk?dcPath=DC0&dsName=s1");
    CHECK_FALSE(folder.entry("/folder?dcPath=DC0&dsName=s1"));
  }
}

TEST_CASE("a query's value is found by its whole key and decoded once") {
  CHECK(query_value("dcPath=a%2520b&dsName=c+d", "dcPath") == "a%20b");
  CHECK(query_value("dcPath=a&dsName=c+d", "dsName") == "c+d");
  CHECK(query_value("xdsName=1&dsNamex=2&dsName=3", "dsName") == "3");
  CHECK(query_value("dsName=", "dsName") == "");
  CHECK_FALSE(query_value("dsName", "dsName"));
  CHECK_FALSE(query_value("", "dsName"));
  CHECK_FALSE(query_value("&&=&", "dsName"));
}

TEST_CASE("what is no web address lists nothing") {
  CHECK_THROWS_AS(FolderLinks("not a url"), Error);
  CHECK_THROWS_AS(FolderLinks(""), Error);
}

TEST_CASE("no link, however made, becomes a name that is unsafe or an address on another server") {
  constexpr unsigned kSeed = 20240203;
  constexpr std::array<const char*, 44> kPieces = {"..",
                                                   ".",
                                                   "/",
                                                   "//",
                                                   "\\",
                                                   "%2e",
                                                   "%2E",
                                                   "%2f",
                                                   "%5c",
                                                   "%00",
                                                   "%0a",
                                                   "%",
                                                   "%2",
                                                   "%c2%9b",
                                                   "%ff",
                                                   "\xff",
                                                   "\xc3",
                                                   "\xbc",
                                                   "\x01",
                                                   "\n",
                                                   "\t",
                                                   " ",
                                                   "#",
                                                   "?",
                                                   "&",
                                                   "=",
                                                   "http:",
                                                   "https://",
                                                   "http://host:8080/",
                                                   "//evil",
                                                   "@",
                                                   ":",
                                                   ":80",
                                                   "[::1]",
                                                   "images",
                                                   "images/",
                                                   "/images/",
                                                   "folder",
                                                   "dsName=",
                                                   "dcPath=",
                                                   "a",
                                                   "javascript:",
                                                   ";",
                                                   "xn--"};
  std::mt19937 random(kSeed);
  const FolderLinks pages[] = {FolderLinks(kListingPage), FolderLinks("http://host:8080/"),
                               FolderLinks("http://host:8080/folder"), FolderLinks("http://host:8080/folder?dcPath=a"),
                               FolderLinks("http://host:8080/folder/images/?dcPath=a&dsName=b")};
  unsigned entries = 0;
  for (unsigned round = 0; round < 40'000; ++round) {
    std::string href;
    for (auto left = random() % 8; left > 0; --left) {
      if (random() % 4 == 0) {
        href += static_cast<char>(random() % 255 + 1);
      } else {
        href += kPieces[random() % kPieces.size()];
      }
    }
    if (round % 1000 == 0) href += std::string(random() % 5000, static_cast<char>('a' + random() % 26));
    const std::optional<Entry> entry = pages[round % std::size(pages)].entry(href);
    if (!entry) continue;
    ++entries;
    CAPTURE(round);
    CAPTURE(href);
    const std::string& name = entry->name;
    REQUIRE((!name.empty() && name != "." && name != ".." && name.size() <= 255));
    // Encoding again changes nothing: no slash, control character or broken UTF-8 is left.
    REQUIRE(safe_file_name(name) == name);
    REQUIRE(http::origin_of(entry->key) == "http://host:8080");
  }
  CHECK(entries > 2000);
}

TEST_CASE("a link under another scheme of the page's server is asked for as the page was") {
  struct Row {
    const char *page, *href;
    const char* key;  // null: no entry
  };
  const Row rows[] = {
      {"https://host/images/", "http://host/images/a", "https://host/images/a"},
      {"https://host/images/", "http://HOST:80/images/a?b=1", "https://host/images/a?b=1"},
      {"http://host/images/", "https://host/images/a", "http://host/images/a"},
      {"https://host:8443/images/", "http://host:8443/images/a", "https://host:8443/images/a"},
      {"https://host:8443/images/", "http://host/images/a", nullptr},
      {"https://host/images/", "http://host:8080/images/a", nullptr},
      {"https://host/images/", "http://other/images/a", nullptr},
      {"https://[::1]/images/", "http://[::1]/images/a", "https://[::1]/images/a"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.page);
    CAPTURE(row.href);
    const std::optional<Entry> entry = FolderLinks(row.page).entry(row.href);
    CHECK((entry ? entry->key : "none") == (row.key ? row.key : "none"));
  }
}
