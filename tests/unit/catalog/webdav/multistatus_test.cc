// SPDX-License-Identifier: MIT
#include "catalog/webdav/multistatus.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "base/error.h"

namespace rimfs::catalog::webdav {
namespace {

Multistatus read(const std::string& xml, const std::string& url = "http://host/dav/") {
  return read_multistatus(one_piece(xml), url);
}

std::string shown(const Multistatus& found) {
  std::string text;
  for (const Entry& entry : found.members) {
    text += fmt::format("{}{} {} {}\n", entry.name, entry.folder ? "/" : "", entry.key,
                        entry.size ? std::to_string(entry.size->value) : "?");
  }
  return text;
}

std::string listing(const std::string& responses) {
  return R"(<?xml version="1.0" encoding="utf-8"?><D:multistatus xmlns:D="DAV:">)" + responses + "</D:multistatus>";
}
std::string response(const std::string& href, const std::string& prop = "<D:resourcetype/>",
                     const std::string& status = "<D:status>HTTP/1.1 200 OK</D:status>") {
  return fmt::format("<D:response><D:href>{}</D:href><D:propstat><D:prop>{}</D:prop>{}</D:propstat></D:response>", href,
                     prop, status);
}
std::string refused(const std::string& hrefs, const std::string& status) {
  return fmt::format("<D:response>{}<D:status>HTTP/1.1 {}</D:status></D:response>", hrefs, status);
}
const std::string kCollection = "<D:resourcetype><D:collection/></D:resourcetype>";
const std::string kItself = response("/dav/", kCollection);

TEST_CASE("a URL that leads to a file is told from one that leads to a folder") {
  const std::string prop = "<D:resourcetype/><D:getcontentlength>5</D:getcontentlength>";
  const Multistatus file = read(listing(response("/dav/disk.img", prop)), "http://host/dav/disk.img");
  CHECK_FALSE(file.is_folder);
  CHECK(file.itself.size == ByteCount{5});
  CHECK(file.members.empty());
  CHECK(read(listing(response("/dav", kCollection)), "http://host/dav").is_folder);
  CHECK(read(listing(response("/dav/")), "http://host/dav").is_folder);
  CHECK(read(listing("")).is_folder);  // a folder that is empty and does not list itself
}

TEST_CASE("only properties with status 200 count, and sizes that are numbers") {
  struct Row {
    std::string prop;
    std::string status;
    const char* expected;
  };
  const std::string length = "<D:getcontentlength>9</D:getcontentlength>";
  const std::string forbidden = "<D:status>HTTP/1.1 403 Forbidden</D:status>";
  const char* const known = "x http://host/dav/x 9\n";
  const char* const unknown = "x http://host/dav/x ?\n";
  const Row rows[] = {
      {length, "<D:status>HTTP/1.1 200 OK</D:status>", known},
      {length, "<D:status> HTTP/2 200 </D:status>", known},
      {length, "<D:status>200 OK</D:status>", known},
      {length, "", known},
      {length, forbidden, unknown},
      {kCollection, forbidden, unknown},
      {length, "<D:status>nonsense</D:status>", unknown},
      {"<D:getcontentlength>-1</D:getcontentlength>", "", unknown},
      {"<D:getcontentlength/>", "", unknown},
      {"<D:getcontentlength>12 kB</D:getcontentlength>", "", unknown},
      {"<D:getcontentlength>9223372036854775808</D:getcontentlength>", "", unknown},
      {"<D:getlastmodified>yesterday</D:getlastmodified>", "", unknown},
  };
  for (const Row& row : rows) {
    CAPTURE(row.prop);
    CAPTURE(row.status);
    CHECK(shown(read(listing(kItself + response("/dav/x", row.prop, row.status)))) == row.expected);
  }
  CHECK(shown(read(listing(kItself + "<D:response><D:href>/dav/x</D:href></D:response>"))) == unknown);
}

TEST_CASE("members with a status instead of properties are not shown, and counted unless they are gone") {
  const Multistatus found = read(listing(
      kItself + response("/dav/x") + refused("<D:href>/dav/a</D:href><D:href>/dav/b</D:href>", "403 Forbidden") +
      refused("<D:href>/dav/c</D:href>", "404 Not Found") + response("/other/d") + response("/dav/..")));
  CHECK(shown(found) == "x http://host/dav/x ?\n");
  CHECK(found.hidden.count == 4);
  CHECK(found.hidden.first == "/dav/a (status 403)");
}

TEST_CASE("a folder that is listed with all that is below it has its members only") {
  const Multistatus found =
      read(listing(kItself + response("/dav/a/", kCollection) + response("/dav/a/b") +
                   response("/dav/a/c/", kCollection) + response("/dav/a/c/d") + response("/dav/e")));
  CHECK(shown(found) == "a/ http://host/dav/a/ ?\ne http://host/dav/e ?\n");
  CHECK(found.hidden.count == 0);
}

TEST_CASE("names are safe and unique") {
  const Multistatus found =
      read(listing(kItself + response("/dav/a%2fb") + response("/dav/a%0ab") + response("/dav/%ff") +
                   response("/dav/x") + response("/dav/x/", kCollection) + response("/dav/x")));
  CHECK(shown(found) ==
        "a%2Fb http://host/dav/a%2fb ?\na%0Ab http://host/dav/a%0ab ?\n%FF http://host/dav/%ff ?\n"
        "x http://host/dav/x ?\nx~2/ http://host/dav/x/ ?\n");
}

TEST_CASE("a reply that is no whole listing of the folder is an error that says why") {
  const std::string itself = "<D:href>/dav/</D:href>";
  struct Row {
    std::string xml;
    ErrorKind kind;
    const char* words;
  };
  const Row rows[] = {
      {"", ErrorKind::corrupt, "not XML"},
      {"<html><body><form></html>", ErrorKind::corrupt, "not XML"},
      {"<html><body/></html>", ErrorKind::unsupported, "no WebDAV listing"},
      {R"(<d:error xmlns:d="DAV:"><d:propfind-finite-depth/></d:error>)", ErrorKind::unsupported, "no WebDAV listing"},
      {"<!DOCTYPE a [<!ENTITY b 'c'>]><multistatus/>", ErrorKind::corrupt, "document type"},
      {listing(kItself).substr(0, 100), ErrorKind::corrupt, "not XML"},
      {listing(refused(itself, "507 Insufficient Storage") + response("/dav/x")), ErrorKind::corrupt, "only a part"},
      {listing(refused(itself, "403 Forbidden")), ErrorKind::denied, "403"},
      {listing(refused(itself, "404 Not Found")), ErrorKind::missing, "404"},
      {listing(response("/in/", kCollection) + response("/in/x")), ErrorKind::corrupt, "proxy changes paths"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.xml);
    try {
      read(row.xml);
      FAIL("it was accepted");
    } catch (const Error& error) {
      CAPTURE(error.message());
      CHECK(error.kind() == row.kind);
      CHECK(error.message().find(row.words) != std::string::npos);
    }
  }
}

}  // namespace
}  // namespace rimfs::catalog::webdav
