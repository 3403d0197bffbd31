// SPDX-License-Identifier: MIT
#include "catalog/s3/environment.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "base/error.h"

namespace rimfs::catalog::s3 {
namespace {

struct Variables : Environment {
  explicit Variables(std::map<std::string, std::string> values) : all(std::move(values)) {}
  std::optional<Secret> value(const std::string& name) override {
    const auto found = all.find(name);
    return found == all.end() ? std::nullopt : std::optional(Secret(found->second));
  }
  void hide(const std::string& name) override { hidden.insert(name); }

  std::map<std::string, std::string> all;
  std::set<std::string> hidden;
};

/// A home with the two files of AWS, removed at the end.
struct Home {
  explicit Home(const std::string& config, const std::string& credentials = "")
      : path((std::filesystem::temp_directory_path() / fmt::format("rimfs-aws-{}", ::getpid())).string()) {
    std::filesystem::create_directories(path + "/.aws");
    std::ofstream(path + "/.aws/config") << config;
    std::ofstream(path + "/.aws/credentials") << credentials;
  }
  ~Home() { std::filesystem::remove_all(path); }
  const std::string path;
};

Source source_of(const std::string& folder) {
  Source source;
  source.folder = folder;
  return source;
}

Source completed(Source source, std::map<std::string, std::string> values) {
  Variables variables(std::move(values));
  defaults_from_environment(source, false, variables);
  return source;
}

TEST_CASE("settings come before variables, and variables before the profile") {
  const Home home("[default]\nregion = profile-1\nendpoint_url = http://profile\n");
  std::map<std::string, std::string> values{{"HOME", home.path}};
  Source source = source_of("bucket/a/b.img");
  CHECK(completed(source, values).url == "http://profile/bucket/a/b.img");
  CHECK(completed(source, values).s3.region == "profile-1");
  values["AWS_ENDPOINT_URL"] = "http://all";
  values["AWS_DEFAULT_REGION"] = "default-1";
  CHECK(completed(source, values).url == "http://all/bucket/a/b.img");
  CHECK(completed(source, values).s3.sts_endpoint == "http://all");
  CHECK(completed(source, values).s3.region == "default-1");
  values["AWS_ENDPOINT_URL_S3"] = "http://s3";
  values["AWS_ENDPOINT_URL_STS"] = "http://sts";
  values["AWS_REGION"] = "region-1";
  CHECK(completed(source, values).url == "http://s3/bucket/a/b.img");
  CHECK(completed(source, values).s3.sts_endpoint == "http://sts");
  CHECK(completed(source, values).s3.region == "region-1");
  source.s3.endpoint = "http://setting";
  source.s3.region = "setting-1";
  CHECK(completed(source, values).url == "http://setting/bucket/a/b.img");
  CHECK(completed(source, values).s3.region == "setting-1");
}

TEST_CASE("without anything the bucket is AWS's, in the first region") {
  CHECK(completed(source_of("images/"), {}).url == "https://images.s3.us-east-1.amazonaws.com/");
  CHECK(completed(source_of("images/a%20b/"), {{"AWS_REGION", "cn-north-1"}}).url ==
        "https://images.s3.cn-north-1.amazonaws.com.cn/a%20b/");
}

TEST_CASE("an endpoint may tell the region and a profile the style") {
  const Home home("[default]\ns3 =\n  addressing_style = virtual\n");
  Source source = source_of("images/");
  source.s3.endpoint = "https://s3.fr-par.scw.cloud";
  const Source found = completed(source, {{"HOME", home.path}});
  CHECK(found.s3.region == "fr-par");
  CHECK(found.url == "https://images.s3.fr-par.scw.cloud/");
}

TEST_CASE("the key of variables is taken and hidden; that of the settings comes before it") {
  const std::map<std::string, std::string> values{
      {"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "s"}, {"AWS_SESSION_TOKEN", "t"}};
  Variables variables(values);
  Source source = source_of("images/");
  const std::vector<std::string> used = defaults_from_environment(source, false, variables);
  CHECK(source.s3.fixed->id == "A");
  CHECK(source.s3.fixed->token.reveal() == "t");
  CHECK(variables.hidden == std::set<std::string>{"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"});
  CHECK(used == std::vector<std::string>{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"});

  Source own = source_of("images/");
  own.access.user = "B";
  own.access.password = Secret("p");
  own = completed(own, values);
  CHECK(own.s3.fixed->id == "B");
  CHECK(own.s3.fixed->secret.reveal() == "p");
  CHECK_FALSE(own.access.user);  // no login with HTTP Basic
  CHECK(own.access.password.empty());
}

TEST_CASE("a profile that the settings name comes before the key of variables") {
  const Home home("[profile work]\nregion = r-1\n");
  Source source = source_of("images/");
  source.s3.profile = "work";
  source = completed(source, {{"HOME", home.path}, {"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "s"}});
  CHECK_FALSE(source.s3.fixed);
  CHECK(source.s3.of_variables->id == "A");  // for a role that is assumed with it
  CHECK(source.s3.region == "r-1");
}

TEST_CASE("a profile that the settings name comes before the web identity of variables") {
  const Home home("[profile work]\nregion = r-1\n");
  Source source = source_of("images/");
  source.s3.profile = "work";
  source =
      completed(source, {{"HOME", home.path}, {"AWS_ROLE_ARN", "arn:r"}, {"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"}});
  CHECK(source.s3.identity_file.empty());
}

TEST_CASE("what is anonymous, or has a bearer token, has no key") {
  const std::map<std::string, std::string> values{{"AWS_ACCESS_KEY_ID", "A"}, {"AWS_SECRET_ACCESS_KEY", "s"}};
  Source source = source_of("images/");
  source.s3.anonymous = true;
  CHECK_FALSE(completed(source, values).s3.fixed);
  Source bearer = source_of("images/");
  bearer.access.bearer = Secret("t");
  CHECK(completed(bearer, values).s3.anonymous);
}

TEST_CASE("the places of temporary credentials are taken from their variables") {
  const Options found = completed(source_of("images/"), {{"AWS_ROLE_ARN", "arn:r"},
                                                         {"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"},
                                                         {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/x"},
                                                         {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost/y"},
                                                         {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1/"}})
                            .s3;
  CHECK(found.role == "arn:r");
  CHECK(found.identity_file == "/token");
  CHECK(found.container_url == "http://169.254.170.2/v2/x");
  CHECK(found.metadata_endpoint == "http://127.0.0.1:1");
  CHECK(completed(source_of("images/"), {}).s3.metadata_endpoint == "http://169.254.169.254");
  CHECK(completed(source_of("images/"), {{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6"}}).s3.metadata_endpoint ==
        "http://[fd00:ec2::254]");
  CHECK(completed(source_of("images/"), {{"AWS_EC2_METADATA_DISABLED", "true"}}).s3.metadata_endpoint.empty());
  CHECK(completed(source_of("images/"), {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"}}).s3.identity_file.empty());
}

TEST_CASE("what cannot work is refused") {
  const auto refusal = [](Source source, std::map<std::string, std::string> values) -> std::string {
    try {
      completed(std::move(source), std::move(values));
      return "accepted";
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::misuse);
      return error.message();
    }
  };
  Source source = source_of("images/");
  CHECK(refusal(source, {{"AWS_PROFILE", "nobody"}}).find("no AWS profile 'nobody'") != std::string::npos);
  CHECK(refusal(source, {{"AWS_REGION", "a/b"}}).find("region") != std::string::npos);
  CHECK(refusal(source, {{"AWS_ENDPOINT_URL", "nonsense"}}).find("endpoint") != std::string::npos);
  CHECK(refusal(source_of("a b/"), {}).find("bucket") != std::string::npos);
  CHECK(refusal(source, {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "@elsewhere/"}}).find("RELATIVE_URI") !=
        std::string::npos);
  source.access.user = "A";
  CHECK(refusal(source, {}).find("secret") != std::string::npos);
  Source script = source_of("images/");
  script.access.cookie_script.command = "x";
  CHECK(refusal(script, {}).find("credential_process") != std::string::npos);
}

}  // namespace
}  // namespace rimfs::catalog::s3
