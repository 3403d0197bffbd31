// SPDX-License-Identifier: MIT
// How folders are asked for, against a scripted server in virtual time.
#include "catalog/webdav/webdav_tree.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "../../http/scripted_transport.h"
#include "../../reactor/drive.h"
#include "http/url.h"
#include "reactor/virtual_time.h"

namespace rimfs::catalog::webdav {
namespace {

using http::ScriptedReply;

TEST_CASE("a reply to PROPFIND is a listing, or its refusal says what to do") {
  struct Row {
    int status;
    const char* type;
    std::optional<ErrorKind> kind;
    const char* words;
  };
  const Row rows[] = {
      {207, "text/xml", {}, ""},
      {207, "application/xml; charset=\"utf-8\"", {}, ""},
      {207, "", {}, ""},
      {200, "text/xml", {}, ""},
      {200, "text/html; charset=utf-8", ErrorKind::unsupported, "shows a login page, or"},
      {200, "application/xhtml+xml", ErrorKind::unsupported, "shows a login page, or"},
      {200, "", ErrorKind::unsupported, "its type is unknown"},
      {204, "", ErrorKind::corrupt, "204"},
      {400, "", ErrorKind::unsupported, "use http:// or https://"},
      {401, "", ErrorKind::denied, "--user"},
      {403, "", ErrorKind::denied, "does not let this user list"},
      {404, "", ErrorKind::missing, "remote.php/dav/files"},
      {405, "", ErrorKind::unsupported, "use http:// or https://"},
      {501, "", ErrorKind::unsupported, "use http:// or https://"},
      {503, "", ErrorKind::unreachable, "503"},
      {507, "", ErrorKind::unreachable, "fewer files"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.status);
    CAPTURE(std::string(row.type));
    http::ReplyHead head;
    head.status = row.status;
    head.content_type = row.type;
    const auto refusal = check_multistatus(head);
    REQUIRE(refusal.has_value() == row.kind.has_value());
    if (!refusal) continue;
    CHECK(refusal->kind == *row.kind);
    CHECK(refusal->reason.find(row.words) != std::string::npos);
  }
}

constexpr std::string_view kListing =
    R"(<multistatus xmlns="DAV:"><response><href>/dav/</href><propstat><prop><resourcetype><collection/></resourcetype>)"
    R"(</prop><status>HTTP/1.1 200 OK</status></propstat></response><response><href>/dav/disk.img</href><propstat><prop>)"
    R"(<getcontentlength>7</getcontentlength></prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>)";

/// A tree below http://old/dav, and servers that answer its requests: the first `failures` with 503, those to "old"
/// with a redirect to `target`, the others with a listing.
class Scene {
 public:
  explicit Scene(std::string target = "http://old/dav/", std::size_t failures = 0)
      : target_(std::move(target)), failures_(failures) {}

  Entries list() {
    auto access = std::make_shared<http::ServerAccess>();
    access->origins = {"http://old:80"};
    access->user = "me";
    WebdavTree tree(ListingServer("http://old/dav", {access, nullptr}, client_, pool_, log_), "dav");
    Entries entries;
    reactor::drive(loop_, list_into(tree, entries));
    return entries;
  }

  std::vector<std::string> asked;

 private:
  ScriptedReply reply(const http::Exchange& exchange) {
    const http::Request& request = exchange.request();
    asked.push_back(
        fmt::format("{} {}{}", request.method(), exchange.url(), exchange.may_send_credentials() ? " with login" : ""));
    CHECK(request.body == propfind_body());
    if (asked.size() <= failures_) return ScriptedReply::failure(503);
    ScriptedReply reply;
    reply.status = exchange.url() == "http://old/dav" ? 301 : 207;
    if (reply.status == 301) {
      reply.headers = {"Content-Length: 0", "Location: " + target_};
    } else {
      reply.headers = {fmt::format("Content-Length: {}", kListing.size())};
      reply.body = std::as_bytes(std::span(kListing));
    }
    return reply;
  }

  reactor::Task<> list_into(WebdavTree& tree, Entries& entries) {
    entries = co_await tree.list(tree.root());
    client_.cancel_all();
    loop_.wake_sleepers();
    co_await client_.close();
    co_await transport_.closed();
  }

  const std::string target_;
  const std::size_t failures_;
  reactor::VirtualTime time_;
  reactor::EventLoop loop_{&time_};
  http::ScriptedTransport transport_{loop_, [this](const http::Exchange& exchange) { return reply(exchange); }};
  Log log_ = Log::silent();
  http::Client client_{loop_, transport_, {}, log_, http::Jitter(1)};
  reactor::Offload pool_{loop_, 0};
};

using Asked = std::vector<std::string>;

TEST_CASE("a redirect of a folder without a slash is followed, and its members are where it leads") {
  Scene scene;
  const Entries entries = scene.list();
  CHECK(scene.asked == Asked{"PROPFIND http://old/dav with login", "PROPFIND http://old/dav/ with login"});
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].key == "http://old/dav/disk.img");
}

TEST_CASE("a redirect to another server is followed as that of a GET is: without the login") {
  Scene scene("https://new/dav/");
  const Entries entries = scene.list();
  CHECK(scene.asked == Asked{"PROPFIND http://old/dav with login", "PROPFIND https://new/dav/"});
  REQUIRE(entries.size() == 1);
  CHECK(entries[0].key == "https://new/dav/disk.img");
}

TEST_CASE("a PROPFIND that fails for a moment is sent again") {
  Scene scene("http://old/dav/", 2);
  CHECK(scene.list().size() == 1);
  CHECK(scene.asked.size() == 4);
}

}  // namespace
}  // namespace rimfs::catalog::webdav
