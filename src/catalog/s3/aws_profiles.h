// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "catalog/s3/options.h"

namespace rimfs::catalog::s3 {

/// The sections of the configuration files of the AWS SDKs. A value; holds secrets. Immutable after reading.
/// Source: docs.aws.amazon.com/sdkref/latest/guide/file-format.html
class AwsProfiles {
 public:
  /// Which of the two files a text is: they name profiles differently.
  enum class File {
    credentials,  ///< "[NAME]"
    config,       ///< "[profile NAME]", "[default]", "[services NAME]"
  };
  /// Adds the sections of a file. A value that is known already stays: read the credentials file first, as the SDKs
  /// give its values precedence. A line that cannot be understood is ignored, and so are sections of other kinds.
  void add(std::string_view text, File file);

  bool has(const std::string& profile) const { return profiles_.contains(profile); }
  /// The value of a key, in lower case; nested keys as "s3.endpoint_url". Nothing when it is absent or empty.
  std::optional<Secret> value(const std::string& profile, const std::string& key) const;
  /// The same as plain text; empty when it is absent.
  std::string text(const std::string& profile, const std::string& key) const;
  /// The access key of a profile; nothing without a secret.
  std::optional<Key> key(const std::string& profile) const;
  /// The endpoint that a profile names for a service ("s3"): its own in the profile's section of services, otherwise
  /// that of all services.
  std::optional<Secret> endpoint(const std::string& profile, const std::string& service) const;

 private:
  using Section = std::map<std::string, Secret>;
  std::map<std::string, Section> profiles_;
  std::map<std::string, Section> services_;
};

/// Reads both files; one that cannot be read counts as empty. Does not wait for the network.
AwsProfiles read_profiles(const std::string& credentials_file, const std::string& config_file);

}  // namespace rimfs::catalog::s3
