// SPDX-License-Identifier: MIT
#include "catalog/webdav/webdav_tree.h"

#include <fmt/format.h>

#include "base/printable.h"
#include "catalog/file_name.h"
#include "http/url.h"

namespace rimfs::catalog::webdav {
namespace {

/// Servers write 400 to 900 bytes about a member: 300,000 files or more. As much as of any listing.
constexpr ByteCount kLargestReply = 256_MiB;

constexpr const char* kNoWebdav =
    "this address does not speak WebDAV; give the WebDAV path of the server, or use http:// or https:// for a web "
    "server's own listing";

/// What statuses other than those of a login mean in reply to a PROPFIND. Servers without WebDAV answer 405 or 501
/// (nginx, lighttpd, Caddy, Python), 400 or 415 (stores), or as to a GET, with a page and 200 (Go).
std::string meaning_of(int status) {
  switch (status) {
    case 400:
    case 405:
    case 415:
    case 501:
      return kNoWebdav;
    case 403:
      return "the server does not let this user list the folder, or does not speak WebDAV there";
    case 404:
      return "there is no such folder or file; the path is that of the server's WebDAV, for example "
             "/remote.php/dav/files/USER/ of Nextcloud";
    case 507:
      return "the server lacks space for the listing; mount a folder with fewer files";
    default:
      return {};
  }
}

}  // namespace

std::optional<http::Rejection> check_multistatus(const http::ReplyHead& head) {
  constexpr int kMultiStatus = 207;
  if (head.status == kMultiStatus) return std::nullopt;
  if (head.status == 200) {
    if (head.content_type.find("xml") != std::string::npos && !head.is_page()) return std::nullopt;
    http::Rejection page{
        ErrorKind::unsupported, false,
        fmt::format("the server answered 200 with no WebDAV listing (its type is {}): it shows a login "
                    "page, or {}",
                    head.content_type.empty() ? "unknown" : head.content_type, kNoWebdav)};
    page.renews_login = true;
    return page;
  }
  http::Rejection refusal = http::reject_status(head);
  if (const std::string meaning = meaning_of(head.status); !meaning.empty()) refusal.reason += ": " + meaning;
  if (head.status == 507) refusal.briefly = true;
  return refusal;
}

Entry WebdavTree::root() const { return Entry{"", true, server_.url(), {}, {}}; }

/// A PROPFIND is safe and idempotent (RFC 4918, section 9.1), so it is retried as a GET is.
reactor::Task<Multistatus> WebdavTree::ask(Entry folder) {
  http::Address address = server_.address(folder.key);
  http::Request request(check_multistatus);
  request.most = kLargestReply;
  request.body_method = "PROPFIND";
  request.body = propfind_body();
  request.headers = {"Depth: 1", "Content-Type: application/xml; charset=utf-8",
                     "Accept: application/xml, text/xml;q=0.9, */*;q=0.1"};
  ListingServer::Reader<Multistatus> read = [](const Pieces& body, const http::Client::Document& document) {
    return read_multistatus(body, document.url);
  };
  Multistatus found = co_await server_.read(address, std::move(request), std::move(read));
  report(found.hidden, folder);
  co_return found;
}

reactor::Task<Entries> WebdavTree::list(Entry folder) {
  const bool is_root = folder.key == server_.url();
  Multistatus found = co_await ask(folder);
  if (!is_root && !found.is_folder) {
    throw Error(ErrorKind::missing, server_.address(folder.key).shown().text() + ": it is no folder any more");
  }
  if (is_root) {
    root_listed_ = true;
    only_file_.reset();
  }
  if (found.is_folder) co_return std::move(found.members);
  only_file_ = std::move(found.itself);
  only_file_->name = safe_file_name(name_).value_or("file");
  only_file_->key = server_.url();
  Entries entries{*only_file_};
  co_return entries;
}

reactor::Task<std::optional<Entry>> WebdavTree::only_file() {
  if (!root_listed_) {
    co_await list(root());
  }
  co_return only_file_;
}

/// Once for each folder.
void WebdavTree::report(const HiddenMembers& hidden, const Entry& folder) {
  if (hidden.count == 0 || !server_.reports(folder.key)) return;
  server_.log().warning("{}: {} of the listed files are outside of the folder or cannot be shown, the first is {}",
                        server_.address(folder.key).shown(), hidden.count, hidden.first);
}

}  // namespace rimfs::catalog::webdav
