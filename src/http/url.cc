// SPDX-License-Identifier: MIT
#include "http/url.h"

#include <algorithm>

#include "base/error.h"
#include "http/curl.h"

namespace rimfs::http {
namespace {

CurlUrl parse(const std::string& url) {
  CurlUrl handle(curl_url());
  const CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME);
  if (code != CURLUE_OK) {
    throw Error(ErrorKind::misuse, std::string("not a usable URL: ") + curl_url_strerror(code));
  }
  return handle;
}

std::string part(const CurlUrl& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

}  // namespace

std::string origin_of(const std::string& url) {
  const CurlUrl handle = parse(url);
  std::string origin = part(handle, CURLUPART_SCHEME) + "://" + part(handle, CURLUPART_HOST) + ":" +
                       part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  std::transform(origin.begin(), origin.end(), origin.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return origin;
}

std::string resolve_location(const std::string& asked, const std::string& location) {
  const CurlUrl url = parse(asked);
  const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, location.c_str(), 0);
  if (code != CURLUE_OK) throw Error(ErrorKind::misuse, std::string("a redirect to nowhere: ") + curl_url_strerror(code));
  return part(url, CURLUPART_URL);
}

std::string without_secrets(const std::string& url) {
  try {
    const CurlUrl handle = parse(url);
    for (CURLUPart secret : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT}) {
      curl_url_set(handle.get(), secret, nullptr, 0);
    }
    return part(handle, CURLUPART_URL);
  } catch (const Error&) {
    return "(a URL that cannot be read)";
  }
}

bool is_https(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  if (url.size() < kScheme.size()) return false;
  return std::equal(kScheme.begin(), kScheme.end(), url.begin(),
                    [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
}

}  // namespace rimfs::http
