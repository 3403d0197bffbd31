// SPDX-License-Identifier: MIT
#include "http/address_id.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "base/ascii.h"
#include "base/error.h"
#include "http/credential_parameters.h"
#include "http/url.h"

namespace rimfs::http {
namespace {

/// Hashes text that may be secret. XXH3 can be inverted, so such text must pass through this function first.
std::string sha256(std::string_view secret) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(secret.data(), secret.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw Error(ErrorKind::system, "OpenSSL does not support SHA-256");
  }
  return {reinterpret_cast<const char*>(digest.data()), size};
}

/// True for headers that identify the requester and are renewed: those whose last word is in kWords, names that
/// services use for keys, and those of the known kinds of servers. All other headers may select the file, for example
/// "X-Author" and "X-Object-Key". Including one header too many only causes bytes to be fetched again.
bool is_credential_header(std::string_view header, std::span<const ServerKind> kinds) {
  const std::string name = lower(header.substr(0, header.find_first_of(":; \t")));
  const std::string_view last_word = std::string_view(name).substr(name.find_last_of("-_") + 1);
  static constexpr std::string_view kWords[] = {"authorization", "cookie", "token", "secret", "password"};
  // Google and others, Azure API Management, Azure Functions, Artifactory.
  static constexpr std::string_view kKeys[] = {"x-api-key",       "api-key",        "apikey",
                                               "x-goog-api-key",  "x-auth-key",     "ocp-apim-subscription-key",
                                               "x-functions-key", "x-jfrog-art-api"};
  const auto holds = [](std::span<const std::string_view> names, std::string_view wanted) {
    return std::find(names.begin(), names.end(), wanted) != names.end();
  };
  return holds(kWords, last_word) || holds(kKeys, name) ||
         std::any_of(kinds.begin(), kinds.end(),
                     [&](const ServerKind& kind) { return holds(kind.credential_headers, name); });
}

/// Adds the settings that select the file. The name of each kind precedes its value, so that no value is mistaken for
/// one of another kind.
void add_choices(ImageIdBuilder& place, const ServerAccess& access) {
  for (const Secret& header : access.headers) {
    if (!is_credential_header(header.reveal(), access.server_kinds)) place.add("header").add(sha256(header.reveal()));
  }
  if (!access.user_agent.empty()) place.add("user-agent").add(access.user_agent);
  for (const std::string& entry : access.resolve) place.add("resolve").add(entry);
}

/// Adds the settings that identify the requester.
void add_asker(ImageIdBuilder& request, const ServerAccess& access) {
  request.add(sha256(access.user.value_or("")));
  request.add(access.client_certificate).add(access.netrc_file).add(access.netrc ? "netrc" : "");
  request.add(sha256(access.proxy.empty() ? "" : without_userinfo(access.proxy)));
}

}  // namespace

AddressId address_id(const std::string& url, const ServerAccess& access) {
  const std::string target = request_target(url);
  const std::size_t mark = target.find('?');
  const bool has_query = mark != std::string::npos;
  const SplitQuery query = split_query(has_query ? std::string_view(target).substr(mark + 1) : std::string_view());
  // "/a?" and "/a" may be two files; "/a?token=x" signs "/a".
  const bool shown_query = has_query && (query.credentials.empty() || !query.plain.empty());
  AddressId id;
  ImageIdBuilder plain("url");
  plain.add(origin_of(url)).add(std::string_view(target).substr(0, mark));
  // A parameter that is not in the table of credentials may still be one, so the query is hashed.
  id.url = plain.add(shown_query ? sha256("?" + query.plain) : "").finish();
  ImageIdBuilder place("place");
  place.add(id.url);
  add_choices(place, access);
  id.place = place.finish();
  ImageIdBuilder request("request");
  request.add(id.place).add(sha256(query.credentials));
  add_asker(request, access);
  id.request = request.finish();
  return id;
}

}  // namespace rimfs::http
