// SPDX-License-Identifier: MIT
// Source: RFC 4918, sections 9.1 (PROPFIND), 13 (Multi-Status), 14 (elements), 15 (properties); RFC 5323, section 2.3.1
// (507 for the folder itself: more members than are listed).
#include "catalog/webdav/multistatus.h"

#include <fmt/format.h>

#include <charconv>

#include "base/ascii.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/split.h"
#include "catalog/entry_list.h"
#include "catalog/file_name.h"
#include "catalog/listed_values.h"
#include "catalog/webdav/member_links.h"
#include "catalog/xml.h"
#include "http/failures.h"
#include "http/http_date.h"

namespace rimfs::catalog::webdav {
namespace {

constexpr int kOk = 200;
constexpr int kCutShort = 507;
constexpr std::size_t kLongestShownHref = 200;

/// The number of a status element, "HTTP/1.1 200 OK"; 200 without one, 0 for another text.
int status_of(const Element& parent) {
  const Element status = parent.child("status");
  if (!status) return kOk;
  const std::string text = status.text();
  for (const std::string_view word : split(trimmed(text), ' ')) {
    int number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (word.size() == 3 && error == std::errc{} && end == word.data() + word.size()) return number;
  }
  return 0;
}

/// What a response tells of a file or folder.
struct Properties {
  bool collection = false;
  std::optional<ByteCount> size;
  std::optional<std::int64_t> modified;
};

Properties properties_of(const Element& response) {
  Properties properties;
  for (const Element& propstat : response.children("propstat")) {
    if (status_of(propstat) != kOk) continue;
    const Element prop = propstat.child("prop");
    if (prop.child("resourcetype").child("collection")) properties.collection = true;
    if (const Element length = prop.child("getcontentlength")) properties.size = listed_size(trimmed(length.text()));
    if (const Element time = prop.child("getlastmodified")) {
      properties.modified = http::parse_date(std::string(trimmed(time.text())));
    }
  }
  return properties;
}

/// Takes the responses of one reply.
class Reader {
 public:
  explicit Reader(const std::string& url) : links_(url) {}

  void take(const Element& response) {
    const int status = status_of(response);
    const Properties properties = properties_of(response);
    // A status instead of properties may be that of several hrefs.
    for (const Element& href : response.children("href")) {
      const std::string text = href.text();
      add(links_.read(text), text, status, properties);
    }
  }

  Multistatus finish() {
    if (itself_status_ == kCutShort) {
      throw Error(ErrorKind::corrupt,
                  "the server lists only a part of the folder (507); raise its limit, or mount folders below it");
    }
    if (itself_status_ != kOk) {
      const http::Rejection refusal = http::of_status(itself_status_);
      throw Error(refusal.kind, refusal.reason);
    }
    found_.members = list_.take();
    if (!has_itself_ && found_.members.empty() && found_.hidden.count > 0) {
      throw Error(
          ErrorKind::corrupt,
          fmt::format("the server lists {}, which is not in this folder; if a proxy changes paths, use the path "
                      "that the server has itself",
                      found_.hidden.first));
    }
    make_unique(found_.members);
    return std::move(found_);
  }

 private:
  void add(MemberLinks::Link link, const std::string& href, int status, const Properties& properties) {
    using Place = MemberLinks::Place;
    const bool folder = properties.collection || link.slash;
    switch (link.place) {
      case Place::deeper:
        return;
      case Place::elsewhere:
        return hide(href);
      case Place::itself:
        has_itself_ = true;
        if (status != kOk) itself_status_ = status;
        found_.is_folder = folder;
        found_.itself.size = folder ? std::nullopt : properties.size;
        found_.itself.modified = properties.modified;
        return;
      case Place::member:
        return add_member(std::move(link), href, status, properties);
    }
  }

  void add_member(MemberLinks::Link link, const std::string& href, int status, const Properties& properties) {
    constexpr int kGone = 404;  // since the server began to list
    if (status == kGone) return;
    std::optional<std::string> name = status == kOk ? safe_file_name(link.name) : std::nullopt;
    if (!name) return hide(status == kOk ? href : fmt::format("{} (status {})", href, status));
    const bool folder = properties.collection || link.slash;
    if (folder) link.url += '/';
    list_.add(Entry{std::move(*name), folder, std::move(link.url), folder ? std::nullopt : properties.size,
                    properties.modified});
  }

  void hide(const std::string& href) {
    if (found_.hidden.count++ == 0) found_.hidden.first = printable(href, kLongestShownHref);
  }

  const MemberLinks links_;
  EntryList list_;
  Multistatus found_;
  bool has_itself_ = false;
  int itself_status_ = kOk;
};

}  // namespace

std::string propfind_body() {
  return R"(<?xml version="1.0" encoding="utf-8"?>)"
         R"(<D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/><D:getcontentlength/><D:getlastmodified/></D:prop>)"
         "</D:propfind>";
}

Multistatus read_multistatus(const Pieces& xml, const std::string& url) {
  Reader reader(url);
  const Records records("response", [&](const Element& response) { reader.take(response); });
  const Document document(xml, records);
  if (lower(document.root().name()) != "multistatus") {
    throw Error(ErrorKind::unsupported, "the reply is no WebDAV listing; use http:// or https:// for a web server");
  }
  return reader.finish();
}

}  // namespace rimfs::catalog::webdav
