// SPDX-License-Identifier: MIT
#include "catalog/s3/s3_signer.h"

#include "base/ascii.h"

namespace rimfs::catalog::s3 {
namespace {

/// What the user adds for S3, such as x-amz-request-payer, must be signed, too.
void add_amazon_headers(SignedRequest& request, std::span<const Secret> headers) {
  for (const Secret& header : headers) {
    const std::string& line = header.reveal();
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::string name = lower(std::string_view(line).substr(0, colon));
    if (name.starts_with("x-amz-"))
      request.headers.emplace_back(std::move(name), trimmed(std::string_view(line).substr(colon + 1)));
  }
}

}  // namespace

/// A mirror is no place of the bucket and gets no signature. Range, If-Range and all other headers are left out:
/// proxies may change them.
std::vector<Secret> S3Signer::sign(const Signed& request, Time now) const {
  if (terms_.key.empty() || !request.url.starts_with(terms_.bucket)) return {};
  const auto time = std::chrono::floor<std::chrono::seconds>(now + terms_.ahead);
  SignedRequest parts{request.method, request.url, {}, sha256_hex(request.body)};
  parts.headers = {{"x-amz-content-sha256", parts.payload_hash}, {"x-amz-date", amz_date(time)}};
  if (!terms_.key.token.empty()) parts.headers.emplace_back("x-amz-security-token", terms_.key.token.reveal());
  const std::size_t own = parts.headers.size();
  add_amazon_headers(parts, request.headers);
  std::vector<Secret> headers;
  for (std::size_t i = 0; i < own; ++i) headers.emplace_back(parts.headers[i].first + ": " + parts.headers[i].second);
  headers.emplace_back("Authorization: " + authorization(parts, time, terms_.key, terms_.scope).reveal());
  return headers;
}

std::string S3Signer::place_of(const std::string& url) const {
  const bool of_bucket = !terms_.users_bucket.empty() && url.starts_with(terms_.users_bucket);
  return of_bucket ? terms_.bucket + url.substr(terms_.users_bucket.size()) : url;
}

}  // namespace rimfs::catalog::s3
