// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "base/log.h"
#include "catalog/s3/credential_chain.h"
#include "catalog/s3/s3_signer.h"
#include "http/login.h"

namespace rimfs::catalog::s3 {

/// Signs the requests for one bucket: finds the credentials when they are first needed, renews them before they expire
/// and when the server says that they are over, and learns from refusals in which region the bucket is and how wrong
/// this machine's clock is. Reactor only.
class S3Login final : public http::Login {
 public:
  /// `bucket`: its name; `url`: its URL when the source was made. The references outlive the login.
  S3Login(Options options, std::string bucket, std::string url, const http::ServerAccess& access,
          reactor::EventLoop& loop, http::Client& client, reactor::Offload& pool, Log& log);

  bool correct(const http::Outcome& refused, std::uint64_t shown, const std::string& url) override;
  void cancel() override { chain_.cancel(); }

 protected:
  reactor::Task<Credentials> fetch() override;
  /// A refusal that renews credentials of S3 says that they are over.
  reactor::Task<Verdict> ask_verdict() override { co_return Verdict::over; }

 private:
  Credentials made() const;
  bool learn_region(const std::string& region);
  bool learn_clock(const http::Outcome& refused);

  // Constant after construction.
  const Options options_;
  const std::string bucket_;
  const std::string url_;
  Log& log_;

  CredentialChain chain_;
  Key key_;
  std::string region_;
  std::chrono::seconds ahead_{};
  std::string origin_;  // of the credentials that were found last
};

}  // namespace rimfs::catalog::s3
