// SPDX-License-Identifier: MIT
#include "catalog/s3/credential_replies.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "catalog/s3/credential_chain.h"

namespace rimfs::catalog::s3 {
namespace {

TEST_CASE("the answers of an instance, a container and a process have a key, a token and an end") {
  const Lease instance = read_json_lease(
      R"({"Code":"Success","LastUpdated":"2012-04-26T16:39:16Z","Type":"AWS-HMAC","AccessKeyId":"ASIA1",
          "SecretAccessKey":"s/1","Token":"t","Expiration":"2017-05-17T15:09:54Z"})",
      "Token");
  CHECK(instance.key.id == "ASIA1");
  CHECK(instance.key.secret.reveal() == "s/1");
  CHECK(instance.key.token.reveal() == "t");
  CHECK(instance.expires == 1495033794);
  const Lease process =
      read_json_lease(R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"s","SessionToken":"t"})", "SessionToken");
  CHECK(process.key.token.reveal() == "t");
  CHECK_FALSE(process.expires);
}

TEST_CASE("an answer without a key is refused, and nothing of it is shown") {
  for (const char* json :
       {"", "hunter2", "[]", "{}", R"({"AccessKeyId":"hunter2"})", R"({"AccessKeyId":1,"SecretAccessKey":2})",
        R"({"Code":"hunter2","AccessKeyId":"A","SecretAccessKey":"s"})"}) {
    CAPTURE(std::string(json));
    try {
      read_json_lease(json, "Token");
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::denied);
      CHECK(error.message().find("hunter2") == std::string::npos);
    }
  }
  CHECK_THROWS_AS(read_sts_lease("<a><Credentials><AccessKeyId>A</AccessKeyId></Credentials></a>"), Error);
  CHECK_THROWS_AS(read_sts_lease("hunter2"), Error);
}

TEST_CASE("the answer of STS is read whatever its namespace") {
  const Lease lease = read_sts_lease(
      R"(<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><AssumedRoleUser><Arn>a</Arn></AssumedRoleUser><Credentials><SessionToken>t</SessionToken>
<SecretAccessKey>s</SecretAccessKey><Expiration>2014-10-24T23:00:23Z</Expiration><AccessKeyId>ASIA</AccessKeyId></Credentials>
</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>)");
  CHECK(lease.key.id == "ASIA");
  CHECK(lease.key.secret.reveal() == "s");
  CHECK(lease.key.token.reveal() == "t");
  CHECK(lease.expires == 1414191623);
}

TEST_CASE("a time may have a fraction and a zone") {
  CHECK(expiration_of("2014-10-24T23:00:23Z") == 1414191623);
  CHECK(expiration_of("2014-10-24T23:00:23.123456Z") == 1414191623);
  CHECK(expiration_of("2014-10-25T01:00:23+02:00") == 1414191623);
  CHECK(expiration_of("2014-10-24T19:30:23.5-0330") == 1414191623);
  CHECK_FALSE(expiration_of(""));
  CHECK_FALSE(expiration_of("soon"));
}

TEST_CASE("a lease is renewed five minutes before its end, a short one in its last quarter") {
  const auto wait = [](std::int64_t left) { return seconds_to_renewal({{}, 1000 + left}, 1000); };
  CHECK(wait(3600) == 3300);
  CHECK(wait(400) == 300);
  CHECK(wait(40) == 30);
  CHECK(wait(8) == 10);
  CHECK(wait(-5) == 10);
  CHECK_FALSE(seconds_to_renewal({{}, std::nullopt}, 1000));
}

TEST_CASE("a container's credentials are asked from https and from this machine only") {
  for (const char* url :
       {"https://anywhere.example/x", "http://127.0.0.1:1/x", "http://127.8.8.8/x", "http://localhost/x",
        "http://[::1]:1/x", "http://169.254.170.2/v2", "http://169.254.170.23/v1", "http://[fd00:ec2::23]/v1"}) {
    CAPTURE(std::string(url));
    CHECK(is_container_url(url));
  }
  for (const char* url : {"http://10.0.0.1/x", "http://127.evil.example/x", "http://127.0.0.1.evil/x",
                          "http://localhost.evil.example/x", "http://example/", "ftp://localhost/", "x", ""}) {
    CAPTURE(std::string(url));
    CHECK_FALSE(is_container_url(url));
  }
}

}  // namespace
}  // namespace rimfs::catalog::s3
