// SPDX-License-Identifier: MIT
#include "catalog/s3/signature.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "base/ascii.h"
#include "base/error.h"
#include "base/split.h"
#include "http/url.h"

namespace rimfs::catalog::s3 {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw Error(ErrorKind::system, "OpenSSL does not support SHA-256");
  }
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (!HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(), digest.data(), &size)) {
    throw Error(ErrorKind::system, "OpenSSL does not support HMAC with SHA-256");
  }
  return {reinterpret_cast<const char*>(digest.data()), size};
}

/// The host as libcurl sends it: with the port unless it is the scheme's own.
std::string host_header(const std::string& url) {
  std::string authority = http::read_user_url(url).authority;
  const std::string_view usual = http::is_https(url) ? ":443" : ":80";
  if (authority.ends_with(usual)) authority.resize(authority.size() - usual.size());
  return authority;
}

std::string canonical_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string_view piece : split(query, '&')) {
    if (piece.empty()) continue;
    const std::size_t equals = std::min(piece.find('='), piece.size());
    const std::string_view value = piece.substr(std::min(equals + 1, piece.size()));
    pairs.emplace_back(http::percent_encode(http::percent_decode(piece.substr(0, equals))),
                       http::percent_encode(http::percent_decode(value)));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string text;
  for (const auto& [name, value] : pairs) text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, value);
  return text;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) { return hex(sha256(bytes)); }

std::string amz_date(std::chrono::sys_seconds time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

CanonicalRequest canonical_request(const SignedRequest& request) {
  std::vector<std::pair<std::string, std::string>> headers = request.headers;
  headers.emplace_back("host", host_header(request.url));
  std::sort(headers.begin(), headers.end());
  std::string lines;
  CanonicalRequest canonical;
  for (const auto& [name, value] : headers) {
    lines += fmt::format("{}:{}\n", name, trimmed(value, " \t"));
    canonical.signed_headers += (canonical.signed_headers.empty() ? "" : ";") + name;
  }
  const http::PathAndQuery target = http::path_and_query(request.url);
  const std::string path = http::percent_encode(http::percent_decode(target.path), "/");
  canonical.text = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, path.empty() ? "/" : path,
                               canonical_query(target.query), lines, canonical.signed_headers, request.payload_hash);
  return canonical;
}

Secret authorization(const SignedRequest& request, std::chrono::sys_seconds time, const Key& key,
                     const SignatureScope& scope) {
  const CanonicalRequest canonical = canonical_request(request);
  const std::string moment = amz_date(time);
  const std::string day = moment.substr(0, 8);
  const std::string where = fmt::format("{}/{}/{}/aws4_request", day, scope.region, scope.service);
  const std::string text = fmt::format("{}\n{}\n{}\n{}", kAlgorithm, moment, where, sha256_hex(canonical.text));
  std::string derived = hmac("AWS4" + key.secret.reveal(), day);
  for (const std::string_view part :
       {std::string_view(scope.region), std::string_view(scope.service), std::string_view("aws4_request")}) {
    derived = hmac(derived, part);
  }
  return Secret(fmt::format("{} Credential={}/{},SignedHeaders={},Signature={}", kAlgorithm, key.id, where,
                            canonical.signed_headers, hex(hmac(derived, text))));
}

}  // namespace rimfs::catalog::s3
