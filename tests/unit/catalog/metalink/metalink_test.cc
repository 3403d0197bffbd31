// SPDX-License-Identifier: MIT
// Documents as MirrorManager (Fedora), MirrorBrain (openSUSE) and the example of RFC 5854 have them.
#include "catalog/metalink/metalink.h"

#include <doctest/doctest.h>

#include "base/error.h"

namespace rimfs::catalog::metalink {
namespace {

using Urls = std::vector<std::string>;

Metalink read_all(const std::string& document, const std::string& url = "http://origin/disk.img.meta4") {
  return read_metalink(one_piece(document), url);
}

/// A file with the name that it is shown under.
struct Named {
  std::string name;
  std::optional<ByteCount> size;
  Urls urls;
};

std::vector<Named> read(const std::string& document, const std::string& url = "http://origin/disk.img.meta4") {
  const Metalink found = read_all(document, url);
  std::vector<Named> files;
  for (const Entry& entry : found.entries) {
    const MetalinkFile& file = found.files.at(entry.key);
    CHECK(entry.size == file.size);
    files.push_back({entry.name, file.size, file.urls});
  }
  return files;
}

TEST_CASE("a document of version 4 names places by priority") {
  const auto files = read(R"(<?xml version="1.0" encoding="UTF-8"?>
    <metalink xmlns="urn:ietf:params:xml:ns:metalink">
      <published>2009-05-15T12:23:23Z</published>
      <file name="disk.img">
        <size>14471447</size>
        <identity>Example</identity>
        <hash type="sha-256">f0ad929cd259957e160ea442eb80986b5f01</hash>
        <pieces length="1048576" type="sha-1"><hash>d96b9a4b92a899c2099b7b31bddb5ca423bb9b30</hash></pieces>
        <url location="de" priority="2">http://second/disk.img</url>
        <url>http://last/disk.img</url>
        <url location="fr" priority="1">http://first/disk.img</url>
        <metaurl mediatype="torrent" priority="1">http://torrent/disk.img.torrent</metaurl>
      </file>
    </metalink>)");
  REQUIRE(files.size() == 1);
  CHECK(files[0].name == "disk.img");
  CHECK(files[0].size == ByteCount{14471447});
  CHECK(files[0].urls == Urls{"http://first/disk.img", "http://second/disk.img", "http://last/disk.img"});
}

TEST_CASE("a document of version 3.0 names places by preference, inside resources") {
  const auto files = read(R"(<metalink version="3.0" xmlns="http://www.metalinker.org/" type="dynamic"
      xmlns:mm0="http://fedorahosted.org/mirrormanager">
      <files>
        <file name="pub/images/disk.img">
          <mm0:timestamp>1700000000</mm0:timestamp>
          <size> 1000 </size>
          <verification><hash type="md5">0123</hash></verification>
          <resources maxconnections="1">
            <url protocol="rsync" type="rsync" preference="100">rsync://a/disk.img</url>
            <url protocol="http" type="http" location="US" preference="99">http://b/disk.img</url>
            <url protocol="https" type="https" preference="100">https://c/disk.img</url>
            <url type="ftp" preference="98">ftp://d/disk.img</url>
          </resources>
        </file>
        <file name="other.img"><resources><url>http://e/other.img</url></resources></file>
      </files></metalink>)");
  REQUIRE(files.size() == 2);
  CHECK(files[0].name == "disk.img");
  CHECK(files[0].size == ByteCount{1000});
  CHECK(files[0].urls == Urls{"https://c/disk.img", "http://b/disk.img"});
  CHECK(files[1].urls == Urls{"http://e/other.img"});
  CHECK_FALSE(files[1].size);
}

TEST_CASE("a document from https has no http places") {
  const std::string document =
      "<metalink><file name='a'><url>http://one/a</url><url>https://two/a</url></file></metalink>";
  CHECK(read(document, "https://origin/a.meta4")[0].urls == Urls{"https://two/a"});
  CHECK(read_all(document, "https://origin/a.meta4").other_places == 1);
  CHECK(read(document)[0].urls.size() == 2);
}

TEST_CASE("names are made safe, and places that are no URLs are not used") {
  CHECK(read("<metalink><file name='../../etc/passwd'><url>http://h/a</url></file></metalink>")[0].name == "passwd");
  CHECK(read("<metalink><file name='..'><url>http://h/a</url></file><file><url>http://h/a</url></file></metalink>")
            .empty());
  const auto files = read(
      "<metalink><file name='a'><url>/a</url><url></url><url>http://me:pw@h/a</url><url>http://h/a b</url>"
      "<url>http://h/a b</url><size>-1</size></file></metalink>");
  CHECK(files[0].urls == Urls{"http://h/a%20b"});
  CHECK_FALSE(files[0].size);
}

TEST_CASE("torrents are no places, also under a http URL") {
  const Metalink found = read_all(
      "<metalink version='3.0'><files><file name='a'><resources>"
      "<url type='bittorrent' preference='100'>http://h/a.torrent</url><url type='http' preference='1'>http://h/a</url>"
      "</resources></file></files></metalink>");
  CHECK(found.files.at("a").urls == Urls{"http://h/a"});
  CHECK(found.other_places == 1);
}

TEST_CASE("files of one name in several folders have names of their own") {
  const auto files = read(
      "<metalink><file name='a/disk.img'><url>http://h/a</url></file><file "
      "name='b/disk.img'><url>http://h/b</url></file>"
      "<file name='b/disk.img'><url>http://h/c</url></file></metalink>");
  REQUIRE(files.size() == 2);
  CHECK(files[0].name != files[1].name);
  CHECK(files[0].urls != files[1].urls);
}

TEST_CASE("the sums of any number of pieces are not kept") {
  std::string document = "<metalink><file name='a'><verification><pieces length='262144' type='sha-1'>";
  for (int i = 0; i < 100'000; ++i) document += "<hash>d96b9a4b92a899c2099b7b31bddb5ca423bb9b30</hash>";
  document += "</pieces></verification><pieces/><url>http://h/a</url></file></metalink>";
  CHECK(read(document)[0].urls == Urls{"http://h/a"});
}

TEST_CASE("a file has a limited number of places") {
  std::string document = "<metalink><file name='a'>";
  for (int i = 0; i < 100; ++i) document += "<url>http://h" + std::to_string(i) + "/a</url>";
  CHECK(read(document + "</file></metalink>")[0].urls.size() == kMostUrls);
}

TEST_CASE("what is no Metalink document is refused") {
  for (const char* text : {"", "<html><body>login</body></html>", "<metalink>", "not XML", "<a><file name='x'/></a>"}) {
    CAPTURE(std::string(text));
    CHECK_THROWS_AS(read(text), Error);
  }
}

}  // namespace
}  // namespace rimfs::catalog::metalink
