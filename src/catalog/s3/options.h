// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "base/secret.h"

namespace rimfs::catalog::s3 {

/// Where the name of the bucket stands in a URL.
enum class Style {
  automatic,  ///< As the server needs it: bucket_url.h has the rule.
  path,       ///< "https://HOST/BUCKET/KEY"
  virtual_,   ///< "https://BUCKET.HOST/KEY"
};

/// An access key with its secret, and the token of temporary ones. A plain value; holds secrets.
struct Key {
  std::string id;
  Secret secret;
  Secret token;  ///< Of a session; empty for a lasting key.

  bool empty() const { return id.empty(); }
};

/// How an S3 source is reached and who asks: the settings of the source, completed from the variables and files of the
/// AWS SDKs (environment.h). Every file name is absolute. A plain value; holds secrets.
struct Options {
  // The settings.
  std::string endpoint;  ///< URL; empty: AWS, in the bucket's region.
  std::string region;    ///< Empty: learned, or "us-east-1".
  std::string profile;   ///< Of the files below; empty: "default".
  Style style = Style::automatic;
  bool anonymous = false;  ///< Requests are not signed.

  // From variables.
  std::optional<Key> fixed;  ///< Named by the settings or by variables.
  /// That of the variables, for a profile whose role is assumed with it (credential_source = Environment).
  std::optional<Key> of_variables;
  std::string credentials_file;  ///< ~/.aws/credentials or AWS_SHARED_CREDENTIALS_FILE.
  std::string config_file;       ///< ~/.aws/config or AWS_CONFIG_FILE.
  std::string role;              ///< AWS_ROLE_ARN, for a web identity.
  std::string session_name;      ///< AWS_ROLE_SESSION_NAME.
  std::string identity_file;     ///< AWS_WEB_IDENTITY_TOKEN_FILE; empty: none.
  std::string sts_endpoint;      ///< URL; empty: AWS, in the region.
  std::string container_url;     ///< Of a container's credentials; empty: none.
  Secret container_token;        ///< Sent there as Authorization.
  std::string container_token_file;
  std::string metadata_endpoint;     ///< URL of the instance's metadata service; empty: it is not asked.
  bool old_metadata_allowed = true;  ///< The service may be asked without a token (IMDSv1).
};

}  // namespace rimfs::catalog::s3
