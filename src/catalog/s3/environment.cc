// SPDX-License-Identifier: MIT
#include "catalog/s3/environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/ascii.h"
#include "base/error.h"
#include "catalog/s3/aws_profiles.h"
#include "catalog/s3/bucket_url.h"

namespace rimfs::catalog::s3 {
namespace {

/// Where containers on ECS ask for credentials, and where instances ask.
constexpr std::string_view kContainerHost = "http://169.254.170.2";
constexpr std::string_view kMetadataHost = "http://169.254.169.254";
constexpr std::string_view kMetadataHost6 = "http://[fd00:ec2::254]";

/// Reads variables and remembers which were used.
class Variables {
 public:
  explicit Variables(Environment& environment) : environment_(environment) {}

  std::string text(const std::string& name) {
    const std::optional<Secret> value = environment_.value(name);
    const bool is_new = std::find(used_.begin(), used_.end(), name) == used_.end();
    if (value && is_new) used_.push_back(name);
    return value ? value->reveal() : std::string();
  }
  Secret secret(const std::string& name) {
    const std::optional<Secret> value = environment_.value(name);
    if (!value) return Secret();
    environment_.hide(name);
    used_.push_back(name);
    return *value;
  }
  bool is_true(const std::string& name) {
    const std::optional<Secret> value = environment_.value(name);
    const bool set = value && lower(value->reveal()) == "true";
    if (set) used_.push_back(name);
    return set;
  }
  /// A file's name: absolute, and "~/" means the home.
  std::string file(const std::string& name) {
    const std::string path = text(name);
    if (path.empty()) return {};
    return path.starts_with("~/") ? home() + path.substr(1) : std::filesystem::absolute(path).string();
  }
  /// Empty when there is none.
  std::string home() const {
    const std::optional<Secret> value = environment_.value("HOME");
    return value ? value->reveal() : std::string();
  }
  std::vector<std::string> take() { return std::move(used_); }

 private:
  Environment& environment_;
  std::vector<std::string> used_;
};

void refuse_other_logins(const http::ServerAccess& access) {
  if (!access.cookie_script.empty() || !access.header_script.empty() || !access.url_script.empty()) {
    throw Error(ErrorKind::misuse,
                "scripts that print cookies, headers or a URL are not for S3 sources; name the "
                "command as credential_process of a profile in ~/.aws/config");
  }
  if (access.user && access.password.empty()) {
    throw Error(ErrorKind::misuse,
                "there is no secret for the access key; give --password-file, --password-env or "
                "--password-fd");
  }
}

void find_files(Options& options, Variables& variables) {
  options.credentials_file = variables.file("AWS_SHARED_CREDENTIALS_FILE");
  options.config_file = variables.file("AWS_CONFIG_FILE");
  const std::string home = variables.home();
  if (home.empty()) return;
  if (options.credentials_file.empty()) options.credentials_file = home + "/.aws/credentials";
  if (options.config_file.empty()) options.config_file = home + "/.aws/config";
}

/// A key of the settings; otherwise that of the variables, which a profile of the settings comes before.
void find_key(Source& source, bool profile_is_set, Variables& variables) {
  http::ServerAccess& access = source.access;
  if (access.user) {
    source.s3.fixed = Key{*access.user, access.password, Secret()};
    access.user.reset();  // it is no login with HTTP Basic
    access.password = Secret();
    return;
  }
  Key key{variables.text("AWS_ACCESS_KEY_ID"), Secret(), Secret()};
  if (key.empty()) return;
  key.secret = variables.secret("AWS_SECRET_ACCESS_KEY");
  key.token = variables.secret("AWS_SESSION_TOKEN");
  if (key.secret.empty()) return;
  source.s3.of_variables = key;
  if (!profile_is_set) source.s3.fixed = std::move(key);
}

void find_identity(Options& options, Variables& variables) {
  options.identity_file = variables.file("AWS_WEB_IDENTITY_TOKEN_FILE");
  options.role = variables.text("AWS_ROLE_ARN");
  options.session_name = variables.text("AWS_ROLE_SESSION_NAME");
  if (options.role.empty()) options.identity_file.clear();
}

void find_container(Options& options, Variables& variables) {
  const std::string relative = variables.text("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  if (!relative.empty() && !relative.starts_with('/')) {
    throw Error(ErrorKind::misuse, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with \"/\"");
  }
  if (!relative.empty()) options.container_url = std::string(kContainerHost) + relative;
  if (relative.empty()) options.container_url = variables.text("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  options.container_token_file = variables.file("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  options.container_token = variables.secret("AWS_CONTAINER_AUTHORIZATION_TOKEN");
}

void find_metadata(Options& options, Variables& variables) {
  if (variables.is_true("AWS_EC2_METADATA_DISABLED")) return;
  options.metadata_endpoint = variables.text("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (options.metadata_endpoint.empty()) {
    const bool v6 = lower(variables.text("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE")) == "ipv6";
    options.metadata_endpoint = v6 ? kMetadataHost6 : kMetadataHost;
  }
  while (options.metadata_endpoint.ends_with('/')) options.metadata_endpoint.pop_back();
  options.old_metadata_allowed = !variables.is_true("AWS_EC2_METADATA_V1_DISABLED");
}

void find_server(Options& options, const AwsProfiles& profiles, Variables& variables) {
  const bool ignored = variables.is_true("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
  const auto find_endpoint = [&](const std::string& service, const std::string& variable) {
    std::string found;
    if (ignored) return found;
    found = variables.text(variable);
    if (found.empty()) found = variables.text("AWS_ENDPOINT_URL");
    if (found.empty()) found = profiles.endpoint(options.profile, service).value_or(Secret()).reveal();
    return found;
  };
  options.sts_endpoint = find_endpoint("sts", "AWS_ENDPOINT_URL_STS");
  if (options.endpoint.empty()) options.endpoint = find_endpoint("s3", "AWS_ENDPOINT_URL_S3");
  for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (options.region.empty()) options.region = variables.text(name);
  }
  if (options.region.empty()) options.region = profiles.text(options.profile, "region");
  if (options.region.empty()) options.region = region_in(options.endpoint);
  if (!options.region.empty() && !is_region(options.region)) {
    throw Error(ErrorKind::misuse,
                "the region of S3 has other characters than letters, digits and \"-\"; set s3-region");
  }
  if (options.style != Style::automatic) return;
  const std::string style = profiles.text(options.profile, "s3.addressing_style");
  if (style == "path") options.style = Style::path;
  if (style == "virtual") options.style = Style::virtual_;
}

}  // namespace

std::vector<std::string> defaults_from_environment(Source& source, bool /*trust_is_set*/, Environment& environment) {
  refuse_other_logins(source.access);
  Variables variables(environment);
  Options& options = source.s3;
  const bool profile_is_set = !options.profile.empty();
  find_files(options, variables);
  if (!profile_is_set) options.profile = variables.text("AWS_PROFILE");
  const AwsProfiles profiles = read_profiles(options.credentials_file, options.config_file);
  if (!options.profile.empty() && !profiles.has(options.profile)) {
    throw Error(ErrorKind::misuse, fmt::format("there is no AWS profile '{}' in {} or {}", options.profile,
                                               options.credentials_file, options.config_file));
  }
  if (options.profile.empty()) options.profile = "default";
  find_server(options, profiles, variables);
  // A bearer token is a login of its own, as Google's is.
  if (!source.access.bearer.empty()) options.anonymous = true;
  if (!options.anonymous) {
    find_key(source, profile_is_set, variables);
    if (!profile_is_set) find_identity(options, variables);
    find_container(options, variables);
    find_metadata(options, variables);
  }
  const Place place = read_place(source.folder);
  source.url =
      object_url(bucket_url(options, options.region.empty() ? "us-east-1" : options.region, place.bucket), place.key);
  return variables.take();
}

}  // namespace rimfs::catalog::s3
