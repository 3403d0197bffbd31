// SPDX-License-Identifier: MIT
#include "http/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include "base/ascii.h"
#include "base/error.h"
#include "base/split.h"
#include "http/curl.h"
#include "http/path_parameters.h"

namespace rimfs::http {
namespace {

[[noreturn]] void refuse(std::string_view reason) {
  throw Error(ErrorKind::misuse, fmt::format("invalid URL: {}", reason));
}

/// Sets the whole URL, which may be relative to the one that is set. libcurl would cut it at a NUL byte.
void set_url(const CurlUrl& handle, const std::string& url, unsigned flags) {
  if (url.find('\0') != std::string::npos) refuse("it contains a NUL byte");
  const CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), flags);
  if (code != CURLUE_OK) refuse(curl_url_strerror(code));
}

CurlUrl parse(const std::string& url) {
  CurlUrl handle(curl_url());
  set_url(handle, url, CURLU_NON_SUPPORT_SCHEME);
  return handle;
}

/// A part of a URL: its text, or the reason why there is none.
struct Part {
  CURLUcode code;
  std::string text;
};

Part find_part(const CurlUrl& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  const CURLUcode code = curl_url_get(url.get(), which, &text, flags);
  const CurlText owner(text);
  return {code, code == CURLUE_OK ? text : ""};
}

std::string part(const CurlUrl& url, CURLUPart which, unsigned flags = 0) { return find_part(url, which, flags).text; }

/// A part that may be missing, decoded. Throws Error{misuse} when it contains an encoded control character.
std::optional<std::string> decoded_part(const CurlUrl& url, CURLUPart which, CURLUcode missing) {
  Part found = find_part(url, which, CURLU_URLDECODE);
  if (found.code == missing) return std::nullopt;
  if (found.code != CURLUE_OK) refuse(curl_url_strerror(found.code));
  return std::move(found.text);
}

void remove_parts(const CurlUrl& url, std::initializer_list<CURLUPart> parts) {
  for (const CURLUPart part : parts) curl_url_set(url.get(), part, nullptr, 0);
}

/// Path and query. An empty query differs from none.
std::string target_of(const CurlUrl& url) {
  const Part query = find_part(url, CURLUPART_QUERY);
  return part(url, CURLUPART_PATH) + (query.code == CURLUE_OK ? "?" + query.text : "");
}

/// The URL in a form that libcurl accepts, with the same meaning.
std::string encode_user_url(std::string_view text) {
  const std::size_t scheme = text.find("://");
  const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::size_t end = std::min(text.find_first_of("/?#", begin), text.size());
  // libcurl takes "http:///name" for the server "name".
  if (begin == end) refuse("it names no server");
  const std::string_view authority = text.substr(begin, end - begin);
  const std::size_t at = authority.rfind('@');
  const bool has_login = at != std::string_view::npos;
  const std::string login = has_login ? percent_encode(authority.substr(0, at), ":%") + "@" : std::string();
  const std::string_view server = authority.substr(has_login ? at + 1 : 0);
  return fmt::format("{}{}{}{}", text.substr(0, begin), login, server, encode_unsafe(text.substr(end)));
}

/// The parameters of the query that URLs of such a server may show, as written: "name=value&name=value".
std::string shown_parameters(const ServerKind& kind, std::string_view query) {
  std::string shown;
  for (const std::string_view pair : split(query, '&')) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const auto names = kind.shown_parameters;
    if (std::find(names.begin(), names.end(), pair.substr(0, equals)) == names.end()) continue;
    if (!shown.empty()) shown += '&';
    shown += pair;
  }
  return shown;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

UserUrl read_user_url(const std::string& text) {
  const CurlUrl handle = parse(encode_user_url(text));
  if (part(handle, CURLUPART_PORT) == "0") refuse("there is no port 0");
  UserUrl result;
  result.user = decoded_part(handle, CURLUPART_USER, CURLUE_NO_USER);
  result.password = decoded_part(handle, CURLUPART_PASSWORD, CURLUE_NO_PASSWORD);
  result.path = part(handle, CURLUPART_PATH);
  const std::string target = target_of(handle);
  remove_parts(handle, {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_FRAGMENT, CURLUPART_QUERY, CURLUPART_PATH});
  const std::string server = part(handle, CURLUPART_URL);  // "scheme://host:port/"
  result.authority = server.substr(server.find("://") + 3);
  result.authority.pop_back();
  result.url = server.substr(0, server.size() - 1) + target;
  return result;
}

std::string request_target(const std::string& url) { return target_of(parse(url)); }

std::string origin_of(const std::string& url) {
  const CurlUrl handle = parse(url);
  return lower(part(handle, CURLUPART_SCHEME) + "://" + part(handle, CURLUPART_HOST) + ":" +
               part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT));
}

std::string host_in_certificate(const std::string& url) {
  const CurlUrl handle = parse(url);
  const Part ascii = find_part(handle, CURLUPART_HOST, CURLU_PUNYCODE);
  // A name that libcurl cannot convert in this locale is refused when it is requested, and fits no certificate.
  const std::string host = ascii.code == CURLUE_OK ? ascii.text : part(handle, CURLUPART_HOST);
  if (host.starts_with('[') && host.ends_with(']')) return host.substr(1, host.size() - 2);
  return host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
}

std::string resolve_location(const std::string& asked, const std::string& location) {
  const CurlUrl url = parse(asked);
  set_url(url, location, 0);
  return part(url, CURLUPART_URL);
}

bool is_one_server(const std::string& origin_a, const std::string& origin_b) {
  const auto server = [](std::string_view origin) { return origin.substr(origin.find("://") + 3); };
  const auto host = [&](std::string_view origin) { return server(origin).substr(0, server(origin).rfind(':')); };
  const auto has_default_port = [](std::string_view origin) {
    return origin.ends_with(is_https(origin) ? ":443" : ":80");
  };
  if (!is_web_url(origin_a) || !is_web_url(origin_b)) return false;
  return server(origin_a) == server(origin_b) ||
         (host(origin_a) == host(origin_b) && has_default_port(origin_a) && has_default_port(origin_b));
}

std::string with_scheme_of(const std::string& page, const std::string& url) {
  const std::string wanted = origin_of(page);
  const std::string origin = origin_of(url);
  if (origin == wanted || !is_one_server(wanted, origin)) return url;
  const CurlUrl handle = parse(page);
  remove_parts(handle, {CURLUPART_QUERY, CURLUPART_FRAGMENT, CURLUPART_PATH});
  const std::string server = part(handle, CURLUPART_URL);  // "scheme://host:port/"
  return server.substr(0, server.size() - 1) + request_target(url);
}

std::string redirect_target(const std::string& asked, const std::string& location) {
  std::string target = resolve_location(asked, encode_unsafe(location));
  if (!is_https(asked) || is_https(target) || !is_web_url(target)) return target;
  std::string same = with_scheme_of(asked, target);
  return same == asked ? target : same;  // otherwise the server means plain http
}

bool is_proxy_url(const std::string& text) {
  // The same rules as libcurl's parse_proxy().
  const CurlUrl handle(curl_url());
  constexpr unsigned kFlags = CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME;
  try {
    set_url(handle, text, kFlags);
  } catch (const Error&) {
    return false;
  }
  constexpr std::array<std::string_view, 7> kSchemes = {"http",    "https",  "socks",  "socks4",
                                                        "socks4a", "socks5", "socks5h"};
  const std::string scheme = text.find("://") == std::string::npos ? "http" : part(handle, CURLUPART_SCHEME);
  return std::find(kSchemes.begin(), kSchemes.end(), scheme) != kSchemes.end();
}

PathAndQuery path_and_query(const std::string& url) {
  const CurlUrl handle = parse(url);
  return {part(handle, CURLUPART_PATH), part(handle, CURLUPART_QUERY)};
}

std::string percent_decode(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    if (escape) {
      result += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::vector<std::string> decoded_path_parts(std::string_view path) {
  std::vector<std::string> parts;
  for (const std::string_view part : split(path, '/')) {
    if (!part.empty()) parts.push_back(percent_decode(part));
  }
  return parts;
}

std::string percent_encode(std::string_view text, std::string_view keep) {
  std::string result;
  for (const char c : text) {
    const bool plain =
        is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~' || keep.find(c) != std::string_view::npos;
    if (plain) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

std::string encode_unsafe(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte >= 0x7f || c == '"' || c == '<' || c == '>') {
      result += fmt::format("%{:02X}", byte);
    } else {
      result += c;
    }
  }
  return result;
}

std::string without_userinfo(const std::string& url) {
  const CurlUrl handle = parse(url);
  remove_parts(handle, {CURLUPART_USER, CURLUPART_PASSWORD});
  return part(handle, CURLUPART_URL);
}

DisplayUrl display_url(const std::string& url, std::span<const ServerKind> kinds) {
  try {
    const CurlUrl handle = parse(url);
    remove_parts(handle, {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_FRAGMENT});
    const ServerKind* const kind = kind_serving(url, kinds);
    const std::string query = kind ? shown_parameters(*kind, part(handle, CURLUPART_QUERY)) : std::string();
    curl_url_set(handle.get(), CURLUPART_PATH, without_path_secrets(part(handle, CURLUPART_PATH)).c_str(), 0);
    curl_url_set(handle.get(), CURLUPART_QUERY, query.empty() ? nullptr : query.c_str(), 0);
    return DisplayUrl(part(handle, CURLUPART_URL));
  } catch (const Error&) {
    return DisplayUrl("(invalid URL)");
  }
}

namespace {

bool has_scheme(std::string_view url, std::string_view scheme) { return lower(url.substr(0, scheme.size())) == scheme; }

}  // namespace

bool is_https(std::string_view url) { return has_scheme(url, "https://"); }
bool is_web_url(std::string_view url) { return has_scheme(url, "http://") || is_https(url); }

}  // namespace rimfs::http
