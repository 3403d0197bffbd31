// SPDX-License-Identifier: MIT
#include "http/address_id.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "base/error.h"
#include "http/credential_parameters.h"
#include "http/url.h"

namespace rimfs::http {
namespace {

/// The URL behind its authority, as it is sent: never empty, without fragment.
std::string target_of(std::string_view url) {
  url = url.substr(0, url.find('#'));
  const std::size_t scheme = url.find("://");
  const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::size_t at = std::min(url.find_first_of("/?", begin), url.size());
  const std::string_view target = url.substr(at);
  return target.starts_with('/') ? std::string(target) : "/" + std::string(target);
}

/// XXH3 can be inverted; what may be secret goes through this first.
std::string one_way(std::string_view secret) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(secret.data(), secret.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw Error(ErrorKind::system, "OpenSSL computes no SHA-256");
  }
  return {reinterpret_cast<const char*>(digest.data()), size};
}

/// Headers that show who asks. Some are renewed by scripts, and none says which file is wanted.
bool is_credential_header(std::string_view header) {
  std::string name(header.substr(0, header.find(':')));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  static constexpr std::string_view kParts[] = {"auth", "cookie", "token", "key", "secret", "session", "password"};
  return std::any_of(std::begin(kParts), std::end(kParts),
                     [&name](std::string_view part) { return name.find(part) != std::string::npos; });
}

}  // namespace

AddressId address_id(const std::string& url, const ServerAccess& access) {
  const std::string target = target_of(url);
  const std::size_t mark = target.find('?');
  const bool has_query = mark != std::string::npos;
  const SplitQuery query = split_query(has_query ? std::string_view(target).substr(mark + 1) : std::string_view());
  ImageIdBuilder place("place");
  place.add(origin_of(url)).add(std::string_view(target).substr(0, mark));
  // "/a?" and "/a" may be two files; "/a?token=x" signs "/a".
  place.add(has_query && query.credentials.empty() ? "?" + query.plain : query.plain.empty() ? "" : "?" + query.plain);
  AddressId id;
  id.place = place.finish();
  ImageIdBuilder request("request");
  request.add(id.place).add(one_way(query.credentials)).add(one_way(access.user.value_or("")));
  for (const Secret& header : access.headers) {
    if (!is_credential_header(header.reveal())) request.add(one_way(header.reveal()));
  }
  id.request = request.finish();
  return id;
}

}  // namespace rimfs::http
