// SPDX-License-Identifier: MIT
#include "catalog/s3/aws_profiles.h"

#include <doctest/doctest.h>

namespace rimfs::catalog::s3 {
namespace {

std::string value(const AwsProfiles& profiles, const std::string& profile, const std::string& key) {
  const auto found = profiles.value(profile, key);
  return found ? found->reveal() : "(none)";
}

TEST_CASE("profiles are read from both files, which name them differently") {
  AwsProfiles profiles;
  profiles.add(
      "# keys\n[default]\naws_access_key_id = A1\naws_secret_access_key=s1/+=\r\n"
      "[ work ]\nAWS_ACCESS_KEY_ID=A2 ; mine\n[profile odd]\nx=1\n",
      AwsProfiles::File::credentials);
  profiles.add(
      "[default]\nregion = eu-west-1\naws_access_key_id = other\n[profile work]\nregion=us-west-2 # far\n"
      "[profile  blank ]\nregion = r\n[work]\nregion = wrong\n[sso-session work]\nregion = wrong\n",
      AwsProfiles::File::config);
  CHECK(value(profiles, "default", "aws_access_key_id") == "A1");
  CHECK(value(profiles, "default", "aws_secret_access_key") == "s1/+=");
  CHECK(value(profiles, "default", "region") == "eu-west-1");
  CHECK(value(profiles, "work", "aws_access_key_id") == "A2");
  CHECK(value(profiles, "work", "region") == "us-west-2");
  CHECK(value(profiles, "blank", "region") == "r");
  CHECK(value(profiles, "work", "nothing") == "(none)");
  CHECK(value(profiles, "nobody", "region") == "(none)");
  CHECK(profiles.has("work"));
  CHECK_FALSE(profiles.has("nobody"));
}

TEST_CASE("nested values and sections of services name endpoints") {
  AwsProfiles profiles;
  profiles.add(
      "[profile a]\nservices = local\nendpoint_url = https://all\ns3 =\n  addressing_style = path\n\tother = 1\nregion "
      "= r\n"
      "[services local]\ns3 =\n  endpoint_url = https://s3\nsts =\n  endpoint_url = https://sts\n"
      "[profile b]\nendpoint_url = https://all\n",
      AwsProfiles::File::config);
  const auto endpoint = [&](const char* profile, const char* service) {
    const auto found = profiles.endpoint(profile, service);
    return found ? found->reveal() : "(none)";
  };
  CHECK(endpoint("a", "s3") == "https://s3");
  CHECK(endpoint("a", "sts") == "https://sts");
  CHECK(endpoint("a", "iam") == "https://all");
  CHECK(endpoint("b", "s3") == "https://all");
  CHECK(endpoint("c", "s3") == "(none)");
  CHECK(value(profiles, "a", "s3.addressing_style") == "path");
  CHECK(value(profiles, "a", "region") == "r");
}

TEST_CASE("lines that nobody understands change nothing") {
  AwsProfiles profiles;
  profiles.add("x = 1\n[\n[]\n[profile]\nno value\n=\n[default]\n= 1\n=\nregion\nregion =\nregion = r\n",
               AwsProfiles::File::config);
  CHECK(value(profiles, "default", "region") == "(none)");  // the first one counts, and it is empty
  AwsProfiles none;
  none.add("", AwsProfiles::File::config);
  CHECK_FALSE(none.has("default"));
}

}  // namespace
}  // namespace rimfs::catalog::s3
