// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "http/server_kind.h"

namespace rimfs::catalog::s3 {

/// What an error of S3 says. A value; empty members were not there.
struct S3Error {
  std::string code;      ///< "NoSuchKey"
  std::string message;   ///< In the server's words.
  std::string region;    ///< Where the bucket is.
  std::string endpoint;  ///< The host that serves the bucket.
  std::string time;      ///< The server's clock.
};

/// Reads the body of an error; it may be cut off. Never throws. Pure.
S3Error read_error(std::string_view body);

/// The meaning of a refusal by S3: http::ServerKind::explain. Pure.
/// Source: docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
http::Rejection explain_refusal(http::Rejection refusal, int status, std::string_view body);

/// S3 servers: every URL, because only sources that lead to S3 have this kind.
extern const http::ServerKind kServerKind;

}  // namespace rimfs::catalog::s3
