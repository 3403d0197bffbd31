// SPDX-License-Identifier: MIT
// Signature Version 4 of AWS. libcurl has it, too (CURLOPT_AWS_SIGV4), but Debian 12's version 7.88 signs some paths
// and queries wrongly: it does not sort the query, and encodes neither of them as AWS does. So it is computed here.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"
#include "catalog/s3/options.h"

namespace rimfs::catalog::s3 {

/// A request as it is signed. A value.
struct SignedRequest {
  std::string_view method;
  std::string url;  ///< As it is requested; its host is signed.
  /// Further headers that are signed: names in lower case, and values.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string payload_hash;  ///< SHA-256 of the body in lower-case hexadecimal, or "UNSIGNED-PAYLOAD".
};

/// For what a signature is valid. A value.
struct SignatureScope {
  std::string region;
  std::string service;  ///< "s3", "sts"
};

/// "20130524T000000Z": the time as x-amz-date has it. Pure.
std::string amz_date(std::chrono::sys_seconds time);

/// The value of the header Authorization for a request that is sent at `time`. Decodes path and query of the URL once
/// and encodes them as AWS does; does not normalise the path, as S3 requires. Throws Error{misuse} for an invalid URL.
/// Pure.
/// Source: docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
Secret authorization(const SignedRequest& request, std::chrono::sys_seconds time, const Key& key,
                     const SignatureScope& scope);

/// The canonical form of a request, which is what the signature is about. A value.
struct CanonicalRequest {
  std::string text;
  std::string signed_headers;  ///< Their names, divided by ";".
};
/// Throws Error{misuse} for an invalid URL. Pure.
CanonicalRequest canonical_request(const SignedRequest& request);

/// SHA-256 in lower-case hexadecimal. Throws Error{system}. Pure.
std::string sha256_hex(std::string_view bytes);

}  // namespace rimfs::catalog::s3
