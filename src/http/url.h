// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/display_url.h"
#include "http/server_kind.h"

namespace rimfs::http {

// libcurl, which sends the requests, reads every URL here. So no server gets a request that another one was meant for.

/// The parts of a URL that a user wrote. A plain value.
struct UserUrl {
  std::optional<std::string> user;      ///< Decoded.
  std::optional<std::string> password;  ///< Decoded.
  std::string url;                      ///< The URL as it is requested: without user, password and fragment.
  std::string authority;                ///< "HOST[:PORT]" in `url`.
  std::string path;                     ///< The path in `url`: at least "/", not decoded.
};

/// Reads a URL with any scheme. Accepts more than libcurl does, because users write it: the last "@" before the path
/// ends user and password, and characters are encoded that a request line cannot contain. Accepts less, too: a server
/// and a port other than 0 are required. Throws Error{misuse} for an invalid URL; the message does not contain it.
/// Pure.
UserUrl read_user_url(const std::string& text);

/// The "scheme://host:port" of a URL, in lower case and always with the port. URLs of one origin may share credentials.
/// Throws Error{misuse} for a text that is not an absolute URL; accepts any scheme.
std::string origin_of(const std::string& url);

/// The host of a URL as a server's certificate must name it: a name in ASCII without a dot at its end, or an IP address
/// without brackets and zone. Throws Error{misuse} for an invalid URL. Pure.
std::string host_in_certificate(const std::string& url);

/// Resolves a reply's Location header (RFC 9110, section 10.2.2) or a link of a page, which may be relative to the
/// requested URL `asked`. Throws Error{misuse} when the result is not a valid URL.
std::string resolve_location(const std::string& asked, const std::string& location);

/// The URL that a Location leads to, as servers write it: with blanks and bytes beyond ASCII; and with "http" behind a
/// proxy that ends TLS, which then means the same server under https, unless that is the requested URL `asked` itself.
/// Throws as resolve_location() does. Pure.
std::string redirect_target(const std::string& asked, const std::string& location);

/// True for two origins of one server under http and https: host and port are equal, or both ports are the default
/// of their scheme. Servers behind a proxy that ends TLS write "http" in their links and redirects. Pure.
bool is_one_server(const std::string& origin_a, const std::string& origin_b);
/// `url` under the scheme of `page` when both are URLs of one server; otherwise `url`. Throws Error{misuse} for an
/// invalid URL. Pure.
std::string with_scheme_of(const std::string& page, const std::string& url);

/// The URL without user and password. Throws Error{misuse} for an invalid URL.
std::string without_userinfo(const std::string& url);

/// The URL for display: without user, password, query, fragment and the parts that without_path_secrets() removes, all
/// of which may contain a secret. When one of `kinds` serves the URL, the parameters that this kind shows remain.
DisplayUrl display_url(const std::string& url, std::span<const ServerKind> kinds = {});

/// True for a URL that libcurl accepts as a proxy: [SCHEME://][USER[:PASSWORD]@]HOST[:PORT] with http, https or a socks
/// scheme.
bool is_proxy_url(const std::string& text);

/// The path and query of a URL as a request line contains them. Throws Error{misuse} for an invalid URL.
std::string request_target(const std::string& url);

/// A URL's path and query, not decoded; the query without "?".
struct PathAndQuery {
  std::string path;
  std::string query;
};
/// Throws Error{misuse} for an invalid URL.
PathAndQuery path_and_query(const std::string& url);

/// Percent-decodes once (RFC 3986). Invalid escapes are unchanged, and "+" means a plus. Pure.
std::string percent_decode(std::string_view text);
/// The decoded names in a path, without empty ones: "/a/b%20c/" is {"a", "b c"}. Pure.
std::vector<std::string> decoded_path_parts(std::string_view path);
/// Encodes all characters except letters, digits, "-", ".", "_", "~" and the characters of `keep`. Pure.
std::string percent_encode(std::string_view text, std::string_view keep = {});
/// Encodes only characters that a request line cannot contain: spaces, control characters, quotes, angle brackets,
/// bytes beyond ASCII. Users paste such URLs, and pages contain such links. Pure.
std::string encode_unsafe(std::string_view text);

/// True for an http or https URL.
bool is_web_url(std::string_view url);
/// True for an https URL.
bool is_https(std::string_view url);

}  // namespace rimfs::http
