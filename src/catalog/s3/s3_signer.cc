// SPDX-License-Identifier: MIT
#include "catalog/s3/s3_signer.h"

namespace rimfs::catalog::s3 {

/// A mirror is no place of the bucket and gets no signature. Range, If-Range and all other headers are left out:
/// proxies may change them.
std::vector<Secret> S3Signer::sign(const Signed& request, Time now) const {
  if (terms_.key.empty() || !request.url.starts_with(terms_.bucket)) return {};
  const auto time = std::chrono::floor<std::chrono::seconds>(now + terms_.ahead);
  SignedRequest parts{request.method, request.url, {}, sha256_hex(request.body)};
  parts.headers = {{"x-amz-content-sha256", parts.payload_hash}, {"x-amz-date", amz_date(time)}};
  if (!terms_.key.token.empty()) parts.headers.emplace_back("x-amz-security-token", terms_.key.token.reveal());
  std::vector<Secret> headers;
  for (const auto& [name, value] : parts.headers) headers.emplace_back(name + ": " + value);
  headers.emplace_back("Authorization: " + authorization(parts, time, terms_.key, terms_.scope).reveal());
  return headers;
}

std::string S3Signer::place_of(const std::string& url) const {
  const bool of_bucket = !terms_.users_bucket.empty() && url.starts_with(terms_.users_bucket);
  return of_bucket ? terms_.bucket + url.substr(terms_.users_bucket.size()) : url;
}

}  // namespace rimfs::catalog::s3
