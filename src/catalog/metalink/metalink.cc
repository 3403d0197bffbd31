// SPDX-License-Identifier: MIT
#include "catalog/metalink/metalink.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/ascii.h"
#include "base/error.h"
#include "catalog/file_name.h"
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

std::optional<MetalinkFile> file_of(const std::string& document, const Element& element) {
  const std::string path = element.attribute("name");
  std::optional<std::string> name = safe_file_name(path.substr(path.rfind('/') + 1));
  if (!name) return std::nullopt;
  MetalinkFile file;
  file.name = std::move(*name);
  if (const auto size = number(element.child("size").text()); size && *size <= std::uint64_t{INT64_MAX}) {
    file.size = ByteCount{*size};
  }
  // Version 3.0 has an element around them.
  const Element resources = element.child("resources");
  std::vector<Place> places;
  for (const Element& url : (resources ? resources : element).children("url")) {
    if (auto usable_url = usable(document, url)) {
      places.push_back({order_of(url), std::move(*usable_url)});
    } else {
      ++file.other_places;
    }
  }
  std::stable_sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.order < b.order; });
  for (Place& place : places) {
    const bool known = std::find(file.urls.begin(), file.urls.end(), place.url) != file.urls.end();
    if (!known && file.urls.size() < kMostUrls) file.urls.push_back(std::move(place.url));
  }
  return file;
}

}  // namespace

std::vector<MetalinkFile> read_metalink(const Pieces& document, const std::string& url) {
  std::vector<MetalinkFile> files;
  const Records records("file", [&](const Element& element) {
    if (auto file = file_of(url, element)) files.push_back(std::move(*file));
  });
  const Document read(document, records);
  if (read.root().name() != "metalink") throw Error(ErrorKind::corrupt, "the document is no Metalink document");
  return files;
}

}  // namespace rimfs::catalog::metalink
