// SPDX-License-Identifier: MIT
// Source: docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html and API_ListObjects.html
#include "catalog/s3/bucket_listing.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "catalog/file_name.h"
#include "catalog/listed_values.h"
#include "catalog/xml.h"
#include "http/url.h"

namespace rimfs::catalog::s3 {
namespace {

constexpr char kDelimiter = '/';

/// In encoding-type=url a blank may be "+" (AWS, as in forms) or "%20"; a plus is "%2B" then.
std::string form_decode(std::string text) {
  for (char& c : text) {
    if (c == '+') c = ' ';
  }
  return http::percent_decode(text);
}

/// Gathers what a page lists. The answer says at its beginning or at its end whether its keys are encoded, so keys are
/// kept as they come until then.
class PageReader {
 public:
  PageReader(std::string_view prefix, EntryList& entries, HiddenKeys& hidden)
      : prefix_(prefix), entries_(entries), hidden_(hidden) {}

  void take(const Element& record) {
    if (record.name() == "CommonPrefixes") {
      for (const Element& prefix : record.children("Prefix")) items_.push_back({prefix.text(), true, {}, {}});
      return;
    }
    items_.push_back({record.child("Key").text(), false, listed_size(trimmed(record.child("Size").text())),
                      listed_time(record.child("LastModified").text())});
  }

  /// Turns the items into entries. Returns the last key.
  std::string finish(bool encoded) {
    std::string last;
    for (Item& item : items_) {
      std::string key = encoded ? form_decode(std::move(item.key)) : std::move(item.key);
      if (key > last) last = key;
      add(std::move(key), item);
    }
    return last;
  }
  std::size_t count() const { return items_.size(); }

 private:
  struct Item {
    std::string key;
    bool folder;
    std::optional<ByteCount> size;
    std::optional<std::int64_t> modified;
  };

  void add(std::string key, const Item& item) {
    if (!key.starts_with(prefix_)) return hide(key);
    const std::string_view rest = std::string_view(key).substr(prefix_.size());
    const std::size_t slash = rest.find(kDelimiter);
    if (rest.empty()) {
      // The folder's own object is how consoles make empty folders.
      if (!item.folder && item.size.value_or(ByteCount{}) > ByteCount{}) hide(key);
      return;
    }
    const bool folder = slash != std::string_view::npos;
    std::optional<std::string> name = safe_file_name(rest.substr(0, slash));
    if (!name) return hide(key);
    if (!folder) return entries_.add(Entry{std::move(*name), false, std::move(key), item.size, item.modified});
    std::string below = key.substr(0, prefix_.size() + slash + 1);
    if (below == last_folder_) return;  // the server ignores the delimiter
    last_folder_ = below;
    entries_.add(Entry{std::move(*name), true, std::move(below), {}, {}});
  }

  void hide(const std::string& key) {
    if (hidden_.count++ == 0) hidden_.first = key;
  }

  const std::string_view prefix_;
  EntryList& entries_;
  HiddenKeys& hidden_;
  std::vector<Item> items_;
  std::string last_folder_;
};

bool is_true(const Element& element) { return lower(trimmed(element.text())) == "true"; }

}  // namespace

std::optional<Dialect> dialect_after(Dialect refused) {
  if (refused.encoded) return Dialect{refused.second, false};
  return refused.second ? std::optional(Dialect{false, true}) : std::nullopt;
}

std::string listing_query(Dialect dialect, std::string_view prefix, const std::string& next) {
  std::string query = dialect.second ? "list-type=2&delimiter=%2F" : "delimiter=%2F";
  if (dialect.encoded) query += "&encoding-type=url";
  query += "&max-keys=1000&prefix=" + http::percent_encode(prefix);
  const char* const token = dialect.second ? "continuation-token" : "marker";
  if (!next.empty()) query += fmt::format("&{}={}", token, http::percent_encode(next));
  return query;
}

Page read_page(const Pieces& xml, Dialect dialect, std::string_view prefix, EntryList& entries, HiddenKeys& hidden) {
  PageReader reader(prefix, entries, hidden);
  const Records records(std::vector<std::string>{"Contents", "CommonPrefixes"},
                        [&](const Element& record) { reader.take(record); });
  const Document document(xml, records);
  const Element root = document.root();
  Page page;
  page.is_listing = lower(root.name()).find("bucketresult") != std::string::npos;
  const bool encoded = lower(trimmed(root.child("EncodingType").text())) == "url";
  page.found = reader.count();
  const std::string last = reader.finish(encoded);
  page.of_version_2 = root.child("KeyCount") || root.child("NextContinuationToken");
  if (!is_true(root.child("IsTruncated"))) return page;
  if (dialect.second) page.next = root.child("NextContinuationToken").text();
  // A server that does not know ListObjectsV2 ignores list-type, and lists the first page as ListObjects does.
  if (page.next.empty()) {
    std::string marker = root.child("NextMarker").text();
    // It is the last name of the page. Ceph before version 14 encodes the names, but not the marker.
    if (encoded && marker != last) marker = form_decode(std::move(marker));
    page.next = marker.empty() ? last : marker;  // without a delimiter there is no NextMarker
    page.of_version_2 = false;
  }
  return page;
}

}  // namespace rimfs::catalog::s3
