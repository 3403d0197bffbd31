// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "catalog/s3/aws_profiles.h"
#include "catalog/s3/credential_replies.h"
#include "catalog/s3/options.h"
#include "http/client.h"
#include "reactor/offload.h"
#include "reactor/process.h"

namespace rimfs::catalog::s3 {

/// Finds the credentials of a source as the AWS SDKs do. The first of these that is configured is asked, and its
/// failure is the chain's: 1. the key that the settings or variables name; 2. a web identity of the variables (STS); 3.
/// the profile: a key, a role (STS), a web identity, or a credential_process; 4. a container's credentials; 5. those of
/// the instance, whose service may also be absent. Nothing is kept: each call asks anew. Reactor only. Source:
/// docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
class CredentialChain {
 public:
  /// `access`: how servers are reached (certificates, proxy); of its credentials none is used, and
  /// what it says of certificates only for the S3 server. The references outlive the chain.
  CredentialChain(const Options& options, const http::ServerAccess& access, reactor::EventLoop& loop,
                  http::Client& client, reactor::Offload& pool);

  /// Where credentials were found. A value; holds secrets.
  struct Found {
    Lease lease;
    std::string origin;  ///< For the log: "the AWS profile 'default'".
  };
  /// Nothing when no place has any. Throws Error.
  reactor::Task<std::optional<Found>> find();

  /// Ends a credential_process that runs.
  void cancel();

 private:
  struct Call;
  reactor::Task<Lease> of_web_identity(std::string role, std::string session, std::string token_file);
  reactor::Task<std::optional<Found>> of_profile(std::shared_ptr<const AwsProfiles> profiles, std::string name,
                                                 unsigned depth);
  reactor::Task<Lease> of_role(std::shared_ptr<const AwsProfiles> profiles, std::string name, unsigned depth);
  reactor::Task<Lease> source_of(std::shared_ptr<const AwsProfiles> profiles, std::string name, unsigned depth);
  reactor::Task<Lease> of_process(std::string command);
  reactor::Task<Lease> of_container();
  reactor::Task<std::optional<Lease>> of_instance();
  reactor::Task<std::string> ask_sts(std::string form, const Key* signer);
  reactor::Task<std::string> ask(Call call);
  reactor::Task<std::string> read_file(std::string name);
  std::string sts_url() const;

  // Constant after construction.
  const Options options_;
  const http::ServerAccess access_;
  reactor::EventLoop& loop_;
  http::Client& client_;
  reactor::Offload& pool_;

  reactor::Process* running_ = nullptr;  // reactor only
};

/// True for a URL that a container's credentials may be asked from: https, or a host on this machine or of the
/// container's platform. Pure.
bool is_container_url(const std::string& url);

}  // namespace rimfs::catalog::s3
