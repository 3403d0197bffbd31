// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/display_url.h"
#include "http/server_kind.h"

namespace rimfs::http {

/// "scheme://host:port" of a URL, in lower case and with the port always written: two URLs of one origin may share
/// credentials. Throws Error{misuse} for what is no absolute http or https URL.
std::string origin_of(const std::string& url);

/// What a reply's Location header means (RFC 9110, section 10.2.2), or a link of a page,
/// which may be relative to the URL that was asked.
/// Throws Error{misuse} when it is no URL.
std::string resolve_location(const std::string& asked, const std::string& location);

/// The URL without user and password. Throws Error{misuse} for what is no URL.
std::string without_userinfo(const std::string& url);

/// The URL as it may be shown: without user, password, query, fragment and what without_path_secrets() leaves out, any
/// of which may hold a secret. When one of `kinds` serves the URL, the parameters stay that this kind shows.
DisplayUrl display_url(const std::string& url, std::span<const ServerKind> kinds = {});

/// True for what libcurl takes as a proxy: [SCHEME://][USER[:PASSWORD]@]HOST[:PORT] with http, https or a socks scheme.
bool is_proxy_url(const std::string& text);

/// A URL's path and query as they stand in it; the query without "?".
struct PathAndQuery {
  std::string path;
  std::string query;
};
/// Throws Error{misuse} for what is no URL.
PathAndQuery path_and_query(const std::string& url);

/// Percent-decodes once (RFC 3986); what is no escape stays, and "+" is a plus. Pure.
std::string percent_decode(std::string_view text);
/// The decoded names in a path, without empty ones: "/a/b%20c/" is {"a", "b c"}. Pure.
std::vector<std::string> decoded_path_parts(std::string_view path);
/// Encodes everything but letters, digits, "-", ".", "_", "~" and the characters of `keep`. Pure.
std::string percent_encode(std::string_view text, std::string_view keep = {});
/// Encodes only what no request line can hold: spaces, control characters, quotes, angle brackets, bytes beyond ASCII.
/// People paste such URLs and pages hold such links. Pure.
std::string encode_unsafe(std::string_view text);

/// True for an http or https URL.
bool is_web_url(std::string_view url);
/// True for an https URL.
bool is_https(std::string_view url);

}  // namespace rimfs::http
