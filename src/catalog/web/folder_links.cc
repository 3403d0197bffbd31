// SPDX-License-Identifier: MIT
#include "catalog/web/folder_links.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/error.h"
#include "base/split.h"
#include "catalog/file_name.h"
#include "catalog/source_kinds.h"
#include "http/url.h"

namespace rimfs::catalog {
namespace {

/// No server takes a longer request line, and no name needs one.
constexpr std::size_t kLongestHref = 65'536;

/// True for "disk-1.img" and "sub/": a name beside which nothing must be known to resolve it. All but a few links of a
/// listing are; libcurl takes 3.5 µs for each, half of the time that a listing of 100,000 files takes us.
bool is_plain_name(std::string_view href) {
  static constexpr std::string_view kPlain = "-_~%+,=@!$()*&;'.";
  if (href.ends_with('/')) href.remove_suffix(1);
  if (href.empty() || href.front() == '.') return false;
  return std::all_of(href.begin(), href.end(),
                     [](char c) { return is_alphanumeric(c) || kPlain.find(c) != std::string_view::npos; });
}

/// The address that a link leads to, in its parts.
struct Target {
  std::string url;
  std::string origin;
  http::PathAndQuery parts;
};

/// The address that the link leads to, without fragment; nothing when it is no http or https address.
std::optional<Target> resolve(const std::string& page, const std::string& href) {
  const std::string link(trimmed(std::string_view(href).substr(0, href.find('#')), " \t\r\n\f"));
  if (link.empty() || link.size() > kLongestHref) return std::nullopt;
  try {
    // libcurl puts together addresses that it then refuses ("//%7F").
    std::string url = http::resolve_location(page, http::encode_unsafe(link));
    std::string origin = http::origin_of(url);
    http::PathAndQuery parts = http::path_and_query(url);
    return Target{std::move(url), std::move(origin), std::move(parts)};
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<std::string> query_value(const std::string& query, std::string_view key) {
  for (const std::string_view pair : split(query, '&')) {
    const std::size_t equals = pair.find('=');
    if (equals == key.size() && pair.starts_with(key)) return http::percent_decode(pair.substr(equals + 1));
  }
  return std::nullopt;
}

FolderLinks::FolderLinks(std::string url) : url_(std::move(url)), origin_(http::origin_of(url_)) {
  const http::PathAndQuery parts = http::path_and_query(url_);
  path_ = http::decoded_path_parts(parts.path);
  query_ = parts.query;
  relative_to_ = url_;
  datastores_ = path_.size() == 1 && path_.front() == "folder";
  datastore_ = query_names_file(url_);
  if (datastore_) lost_query_ = "?" + parts.query;
  if (parts.path.ends_with('/')) base_ = http::resolve_location(url_, "./");
}

std::optional<Entry> FolderLinks::entry(const std::string& href, std::string_view text) const {
  if (!base_.empty() && href.size() <= kLongestHref && is_plain_name(href)) return plain_entry(href);
  std::optional<Target> target = resolve(relative_to_, href);
  if (!target) return std::nullopt;
  if (!http::is_one_server(target->origin, origin_)) return std::nullopt;
  std::string url = target->origin == origin_ ? std::move(target->url) : http::with_scheme_of(url_, target->url);
  const http::PathAndQuery& parts = target->parts;
  const std::vector<std::string> path = http::decoded_path_parts(parts.path);
  if (datastores_ && path == path_) return datastore_entry(parts.query, std::move(url), text);
  if (!is_inside(path) || path.size() != path_.size() + 1) return std::nullopt;
  std::optional<std::string> name = safe_file_name(path.back());
  if (!name) return std::nullopt;
  // Some servers drop the query that names the datastore.
  if (parts.query.empty()) url += lost_query_;
  return Entry{std::move(*name), parts.path.ends_with('/'), std::move(url), {}, {}};
}

bool FolderLinks::is_inside(const std::vector<std::string>& path) const {
  return path.size() >= path_.size() && std::equal(path_.begin(), path_.end(), path.begin(), equal_ignoring_case);
}

std::optional<std::string> FolderLinks::target_elsewhere(const std::string& href) const {
  std::optional<Target> target = resolve(relative_to_, href);
  if (!target || target->parts.path.ends_with('/')) return std::nullopt;
  const std::vector<std::string> path = http::decoded_path_parts(target->parts.path);
  const bool above = path.size() <= path_.size() && std::equal(path.begin(), path.end(), path_.begin());
  if (path.empty() || (target->origin == origin_ && above)) return std::nullopt;
  return std::move(target->url);
}

void FolderLinks::set_base(const std::string& href) {
  const std::optional<Target> target = resolve(url_, href);
  if (!target) return;
  relative_to_ = target->url;
  const bool same_folder = target->origin == origin_ && target->parts.path.ends_with('/') &&
                           http::decoded_path_parts(target->parts.path) == path_;
  if (!same_folder) base_.clear();
}

/// What entry() says of a plain name, sooner.
std::optional<Entry> FolderLinks::plain_entry(const std::string& href) const {
  const bool folder = href.ends_with('/');
  const std::string_view encoded = std::string_view(href).substr(0, href.size() - (folder ? 1 : 0));
  std::optional<std::string> name = safe_file_name(http::percent_decode(encoded));
  if (!name) return std::nullopt;
  return Entry{std::move(*name), folder, base_ + href + lost_query_, {}, {}};
}

/// Of the pages above a datastore's files: datacenters and datastores are told by the query alone. Newer servers encode
/// its values twice; then the text of the link tells which decoding is the name.
std::optional<Entry> FolderLinks::datastore_entry(const std::string& query, std::string key,
                                                  std::string_view text) const {
  for (const char* level : {"dcPath", "dsName"}) {
    if (query_value(query_, level)) continue;
    const std::optional<std::string> value = query_value(query, level);
    if (!value) continue;
    std::string twice = http::percent_decode(*value);
    std::optional<std::string> name = safe_file_name(trimmed(text, " \t\r\n/") == twice ? twice : *value);
    if (!name) return std::nullopt;
    return Entry{std::move(*name), true, std::move(key), {}, {}};
  }
  return std::nullopt;
}

}  // namespace rimfs::catalog
