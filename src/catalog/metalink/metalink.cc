// SPDX-License-Identifier: MIT
#include "catalog/metalink/metalink.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/ascii.h"
#include "base/error.h"
#include "catalog/entry_list.h"
#include "catalog/file_name.h"
#include "catalog/listed_values.h"
#include "catalog/xml.h"
#include "http/url.h"

namespace rimfs::catalog::metalink {
namespace {

/// The place in the order of one without a number. Version 4: "priority", 1 to 999999, the lowest first (RFC 5854,
/// section 4.2.16.1). Version 3.0: "preference", 1 to 100, the highest first.
constexpr std::int64_t kLast = 1'000'000;

std::optional<std::uint64_t> number(std::string_view text) {
  text = trimmed(text);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::int64_t order_of(const Element& url) {
  constexpr std::uint64_t kMost = 999'999;
  if (const auto priority = number(url.attribute("priority"))) {
    return static_cast<std::int64_t>(std::min(*priority, kMost));
  }
  if (const auto preference = number(url.attribute("preference"))) {
    return -static_cast<std::int64_t>(std::min(*preference, kMost));
  }
  return kLast;
}

struct Place {
  std::int64_t order;
  std::string url;
};

/// The URL when it may be used in a document from `document`.
std::optional<std::string> usable(const std::string& document, const Element& element) {
  // Version 3.0 names the protocol; "bittorrent" has http URLs, too.
  const std::string type = lower(element.type(false));
  if (!type.empty() && type != "http" && type != "https") return std::nullopt;
  try {
    const std::string text(trimmed(element.text(), " \t\r\n"));
    const http::UserUrl url = http::read_user_url(text);
    const bool safe = http::is_https(url.url) || !http::is_https(document);
    if (http::is_web_url(url.url) && safe && !url.user) return url.url;
  } catch (const Error&) {
    // It counts as a place that cannot be used.
  }
  return std::nullopt;
}

/// Gathers the files of a document.
class Files {
 public:
  explicit Files(const std::string& document) : document_(document) {}

  void take(const Element& element) {
    std::string path = element.attribute("name");
    std::optional<std::string> name = safe_file_name(path.substr(path.rfind('/') + 1));
    MetalinkFile file{listed_size(trimmed(element.child("size").text())), places_of(element)};
    if (!name || file.urls.empty()) return;
    list_.add(Entry{std::move(*name), false, path, file.size, {}});
    found_.files.insert_or_assign(std::move(path), std::move(file));
  }

  Metalink finish() {
    found_.entries = list_.take();
    make_unique(found_.entries);
    return std::move(found_);
  }

 private:
  std::vector<std::string> places_of(const Element& element) {
    // Version 3.0 has an element around them.
    const Element resources = element.child("resources");
    std::vector<Place> places;
    for (const Element& url : (resources ? resources : element).children("url")) {
      if (auto usable_url = usable(document_, url)) {
        places.push_back({order_of(url), std::move(*usable_url)});
      } else {
        ++found_.other_places;
      }
    }
    std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.order < b.order; });
    std::vector<std::string> urls;
    for (Place& place : places) {
      const bool known = std::find(urls.begin(), urls.end(), place.url) != urls.end();
      if (!known && urls.size() < kMostUrls) urls.push_back(std::move(place.url));
    }
    return urls;
  }

  const std::string& document_;
  EntryList list_;
  Metalink found_;
};

}  // namespace

Metalink read_metalink(const Pieces& document, const std::string& url) {
  Files files(url);
  Records records("file", [&](const Element& element) { files.take(element); });
  records.skipped = {"pieces", "verification", "signature"};  // a large file has sums of 100,000 pieces
  const Document read(document, records);
  if (read.root().name() != "metalink") throw Error(ErrorKind::corrupt, "the document is no Metalink document");
  return files.finish();
}

}  // namespace rimfs::catalog::metalink
