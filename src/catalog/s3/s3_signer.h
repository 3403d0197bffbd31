// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

#include "catalog/s3/options.h"
#include "catalog/s3/signature.h"
#include "http/signer.h"

namespace rimfs::catalog::s3 {

/// Signs the requests for one bucket, or for another service of AWS. Immutable; any thread.
class S3Signer final : public http::Signer {
 public:
  /// What a signature depends on besides the request. A value.
  struct Terms {
    Key key;  ///< Empty: requests are not signed.
    SignatureScope scope;
    std::chrono::seconds ahead{};  ///< How far the server's clock is ahead of this machine's.
    std::string users_bucket;      ///< bucket_url() when the source was made; empty for other services.
    std::string bucket;  ///< bucket_url() now: the region may have been learned since. Only its URLs are signed.
  };
  explicit S3Signer(Terms terms) : terms_(std::move(terms)) {}

  std::vector<Secret> sign(const Signed& request, Time now) const override;
  std::string place_of(const std::string& url) const override;

  const Terms& terms() const { return terms_; }

 private:
  const Terms terms_;
};

}  // namespace rimfs::catalog::s3
