// SPDX-License-Identifier: MIT
#include "catalog/s3/refusals.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace rimfs::catalog::s3 {
namespace {

std::string body_of(const std::string& code, const std::string& more = "") {
  return fmt::format(R"(<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>{}</Code><Message>The &lt;reason&gt; &amp; more</Message>{}<RequestId>4442587FB7D0A2F9</RequestId></Error>)",
                     code, more);
}

http::Rejection explained(int status, const std::string& body, http::Situation situation = {}) {
  return explain_refusal(http::of_status(status, situation), status, body);
}

TEST_CASE("an error is shown with its code, the server's words and what to do") {
  struct Row {
    int status;
    const char* code;
    ErrorKind kind;
    const char* advice;
  };
  const Row rows[] = {
      {403, "AccessDenied", ErrorKind::denied, "s3:GetObject"},
      {403, "InvalidObjectState", ErrorKind::denied, "restore it"},
      {403, "SignatureDoesNotMatch", ErrorKind::denied, "secret"},
      {403, "RequestTimeTooSkewed", ErrorKind::denied, "clock"},
      {404, "NoSuchBucket", ErrorKind::missing, "--s3-endpoint"},
      {404, "NoSuchKey", ErrorKind::missing, "a prefix ends with /"},
      {400, "AuthorizationHeaderMalformed", ErrorKind::denied, "--s3-region"},
      {301, "PermanentRedirect", ErrorKind::unsupported, "--s3-region"},
      {400, "ExpiredToken", ErrorKind::denied, "newer"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.code));
    const http::Rejection found = explained(row.status, body_of(row.code));
    CHECK(found.kind == row.kind);
    CHECK_FALSE(found.retry);
    CHECK(found.reason.find(fmt::format("answered {} ({}: The <reason> & more)", row.status, row.code)) !=
          std::string::npos);
    CHECK(found.reason.find(row.advice) != std::string::npos);
  }
}

TEST_CASE("only what is over is renewed, and only what the answer can correct is corrected") {
  const auto what = [](int status, const char* code) {
    const http::Rejection found = explained(status, body_of(code));
    return fmt::format("{}{}", found.renews_login ? "renews" : "", found.corrects_login ? "corrects" : "");
  };
  CHECK(what(400, "ExpiredToken") == "renews");
  CHECK(what(403, "ExpiredToken") == "renews");
  CHECK(what(403, "InvalidAccessKeyId") == "renews");
  CHECK(what(403, "RequestTimeTooSkewed") == "corrects");
  CHECK(what(301, "PermanentRedirect") == "corrects");
  CHECK(what(307, "TemporaryRedirect") == "corrects");
  CHECK(what(400, "AuthorizationHeaderMalformed") == "corrects");
  CHECK(what(403, "AccessDenied").empty());
  CHECK(what(403, "SignatureDoesNotMatch").empty());
}

TEST_CASE("what passes is retried, and an object that was there may come back") {
  CHECK(explained(503, body_of("SlowDown")).retry);
  CHECK(explained(400, body_of("RequestTimeout")).retry);
  CHECK(explained(500, body_of("InternalError")).retry);
  CHECK_FALSE(explained(404, body_of("NoSuchKey")).retry);
  CHECK(explained(404, body_of("NoSuchKey"), {.served = true}).retry);
  CHECK_FALSE(explained(404, body_of("NoSuchBucket"), {.served = true}).retry);
}

TEST_CASE("a code that no row knows keeps the meaning of its status") {
  const http::Rejection found = explained(403, body_of("SomethingNew"));
  CHECK(found.kind == ErrorKind::denied);
  CHECK(found.reason.find("SomethingNew") != std::string::npos);
}

TEST_CASE("what is no error of S3 says what the status says") {
  for (const std::string body : {"", "<html>Error</html>", "<Error>", "<Error><Code>"}) {
    CAPTURE(body);
    CHECK(explained(403, body).reason == http::of_status(403).reason);
  }
}

TEST_CASE("the region, the endpoint and the clock are read, also from a body that is cut off") {
  const S3Error error = read_error(body_of("X",
                                           "<Region>eu-west-1</Region><Endpoint>b.s3.example</Endpoint>"
                                           "<ServerTime>2024-01-02T03:04:05Z</ServerTime><Rest>")
                                       .substr(0, 300));
  CHECK(error.region == "eu-west-1");
  CHECK(error.endpoint == "b.s3.example");
  CHECK(error.time == "2024-01-02T03:04:05Z");
}

TEST_CASE("what the server says cannot change a terminal") {
  CHECK(explained(403, body_of("A\x1b[31m")).reason.find('\x1b') == std::string::npos);
}

}  // namespace
}  // namespace rimfs::catalog::s3
