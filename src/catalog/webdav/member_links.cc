// SPDX-License-Identifier: MIT
#include "catalog/webdav/member_links.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "http/url.h"

namespace rimfs::catalog::webdav {
namespace {

/// No server takes a longer request line, and no name needs one.
constexpr std::size_t kLongestHref = 65'536;

bool is_escape(std::string_view text) {
  const auto is_digit_of_16 = [](char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); };
  return text.size() >= 3 && is_digit_of_16(text[1]) && is_digit_of_16(text[2]);
}

/// The path of an href, which may be a URL.
std::string_view path_of(std::string_view href) {
  const std::size_t scheme = href.find("://");
  const bool is_url = scheme != std::string_view::npos && scheme > 0 &&
                      std::all_of(href.begin(), href.begin() + static_cast<std::ptrdiff_t>(scheme),
                                  [](char c) { return is_alphanumeric(c) || c == '+' || c == '-' || c == '.'; });
  if (!is_url) return href;
  const std::size_t slash = href.find('/', scheme + 3);
  return slash == std::string_view::npos ? "/" : href.substr(slash);
}

/// What a name cannot hold in a URL (RFC 3986, section 3.3), besides what http::encode_unsafe() knows.
constexpr std::string_view kReserved = "?#[]\\^`{|}";

/// A name as it can stand in a URL: what the server encoded stays as it is.
std::string encoded(std::string_view name) {
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool reserved =
        kReserved.find(name[i]) != std::string_view::npos || (name[i] == '%' && !is_escape(name.substr(i)));
    if (reserved) {
      text += fmt::format("%{:02X}", static_cast<unsigned char>(name[i]));
    } else {
      text += name[i];
    }
  }
  return http::encode_unsafe(text);
}

}  // namespace

MemberLinks::MemberLinks(const std::string& url) : base_(url.substr(0, url.find('?'))) {
  path_ = http::decoded_path_parts(http::path_and_query(url).path);
  if (!base_.ends_with('/')) base_ += '/';
}

MemberLinks::Link MemberLinks::read(std::string_view href) const {
  if (href.size() > kLongestHref) return {};
  const std::string_view path = path_of(trimmed(href));
  if (path.empty()) return {};
  std::vector<std::string> parts = http::decoded_path_parts(path);
  if (!path.starts_with('/')) parts.insert(parts.begin(), path_.begin(), path_.end());
  std::erase(parts, ".");
  const bool inside = parts.size() >= path_.size() &&
                      std::equal(path_.begin(), path_.end(), parts.begin(), equal_ignoring_case) &&
                      std::find(parts.begin(), parts.end(), "..") == parts.end();
  if (!inside) return {};
  Link link{Place::itself, path.ends_with('/')};
  if (parts.size() == path_.size()) return link;
  if (parts.size() > path_.size() + 1) return {Place::deeper, link.slash};
  link.place = Place::member;
  const std::string_view without_slash = trimmed_end(path, "/");
  link.name = std::move(parts.back());
  link.url = base_ + encoded(without_slash.substr(without_slash.rfind('/') + 1));
  return link;
}

}  // namespace rimfs::catalog::webdav
