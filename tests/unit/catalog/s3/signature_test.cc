// SPDX-License-Identifier: MIT
// Against the published examples: the signatures of AWS's documentation of S3, and of its test suite for Signature
// Version 4 (aws-sig-v4-test-suite), as far as that is about what S3 does too: S3 does not normalise paths.
#include "catalog/s3/signature.h"

#include <doctest/doctest.h>

#include "catalog/s3/s3_signer.h"

namespace rimfs::catalog::s3 {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;
using namespace std::chrono_literals;

const std::string kEmptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::chrono::sys_seconds at(int year, unsigned month, unsigned day, std::chrono::seconds time) {
  return std::chrono::sys_days(std::chrono::year(year) / std::chrono::month(month) / std::chrono::day(day)) + time;
}

std::string signature_in(const Secret& header) {
  const std::string& text = header.reveal();
  return text.substr(text.find("Signature=") + 10);
}

TEST_CASE("the examples of the documentation of S3 have the published signatures") {
  struct Row {
    std::string target;
    Headers headers;
    std::string signature;
  };
  const Row rows[] = {
      {"/test.txt", {{"range", "bytes=0-9"}}, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
      {"/?lifecycle", {}, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
      {"/?max-keys=2&prefix=J", {}, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
  };
  const Key key{"AKIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), Secret()};
  const auto time = at(2013, 5, 24, 0s);
  for (const Row& row : rows) {
    CAPTURE(row.target);
    SignedRequest request{"GET", "https://examplebucket.s3.amazonaws.com" + row.target, row.headers, kEmptyHash};
    request.headers.emplace_back("x-amz-content-sha256", kEmptyHash);
    request.headers.emplace_back("x-amz-date", amz_date(time));
    CHECK(signature_in(authorization(request, time, key, {"us-east-1", "s3"})) == row.signature);
  }
}

TEST_CASE("the header names algorithm, key, scope and the signed headers in their order") {
  const Key key{"AKIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), Secret()};
  const SignedRequest request{
      "GET",
      "https://examplebucket.s3.amazonaws.com/test.txt",
      {{"x-amz-date", "20130524T000000Z"}, {"range", "bytes=0-9"}, {"x-amz-content-sha256", kEmptyHash}},
      kEmptyHash};
  CHECK(authorization(request, at(2013, 5, 24, 0s), key, {"us-east-1", "s3"}).reveal() ==
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_CASE("the requests of the test suite have the published signatures") {
  struct Row {
    const char* name;
    const char* method;
    std::string target;
    std::string body;
    std::string signature;
  };
  const std::string unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const Row rows[] = {
      {"get-vanilla", "GET", "/", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"get-vanilla-query-order-key-case", "GET", "/?Param2=value2&Param1=value1", "",
       "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
      {"get-vanilla-query-order-value", "GET", "/?Param1=value2&Param1=Value1", "",
       "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"},
      {"get-vanilla-empty-query-key", "GET", "/?Param1=value1", "",
       "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
      {"get-vanilla-query-unreserved", "GET", "/?" + unreserved + "=" + unreserved, "",
       "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
      {"get-vanilla-utf8-query", "GET", "/?%E1%88%B4=bar", "",
       "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
      {"get-unreserved", "GET", "/" + unreserved, "",
       "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
      {"get-utf8", "GET", "/%E1%88%B4", "", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
      {"get-space", "GET", "/example%20space/", "", "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"},
      {"post-vanilla", "POST", "/", "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
  };
  const Key key{"AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), Secret()};
  const auto time = at(2015, 8, 30, 12h + 36min);
  for (const Row& row : rows) {
    CAPTURE(std::string(row.name));
    const SignedRequest request{row.method,
                                "https://example.amazonaws.com" + row.target,
                                {{"x-amz-date", amz_date(time)}},
                                sha256_hex(row.body)};
    CHECK(signature_in(authorization(request, time, key, {"us-east-1", "service"})) == row.signature);
  }
}

TEST_CASE("a body and further headers are signed") {
  const Key key{"AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), Secret()};
  const auto time = at(2015, 8, 30, 12h + 36min);
  const SignedRequest request{"POST",
                              "https://example.amazonaws.com/",
                              {{"x-amz-date", amz_date(time)}, {"content-type", "application/x-www-form-urlencoded"}},
                              sha256_hex("Param1=value1")};
  CHECK(signature_in(authorization(request, time, key, {"us-east-1", "service"})) ==
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a");
}

TEST_CASE("path and query are encoded as S3 does, however the URL spells them") {
  const auto lines = [](const std::string& target) {
    const std::string text = canonical_request({"GET", "https://h" + target, {}, "x"}).text;
    const std::size_t first = text.find('\n') + 1;
    return text.substr(first, text.find("\nhost:") - first);
  };
  CHECK(lines("/a//b/") == "/a//b/\n");
  CHECK(lines("/a+b%2Bc%20d") == "/a%2Bb%2Bc%20d\n");
  CHECK(lines("/%25%41=%3d(%7e)") == "/%25A%3D%3D%28~%29\n");
  CHECK(lines("/%c3%a4") == "/%C3%A4\n");
  CHECK(lines("/?b=2&a=&a=1%2F2&c") == "/\na=&a=1%2F2&b=2&c=");
  CHECK(lines("/?prefix=a%2Bb%20c") == "/\nprefix=a%2Bb%20c");
}

TEST_CASE("the host is signed as it is sent: with the port unless it is the scheme's own") {
  const auto host = [](const std::string& url) {
    const std::string text = canonical_request({"GET", url, {}, "x"}).text;
    const std::size_t begin = text.find("host:") + 5;
    return text.substr(begin, text.find('\n', begin) - begin);
  };
  CHECK(host("https://a.example/k") == "a.example");
  CHECK(host("https://a.example:443/k") == "a.example");
  CHECK(host("https://a.example:80/k") == "a.example:80");
  CHECK(host("http://a.example:80/k") == "a.example");
  CHECK(host("http://127.0.0.1:9000/k") == "127.0.0.1:9000");
  CHECK(host("http://[::1]:9000/k") == "[::1]:9000");
}

TEST_CASE("a signer signs for its bucket only, with the server's clock, and shows the token of a session") {
  const Key key{"ID", Secret("secret"), Secret("token")};
  const S3Signer signer({key, {"r", "s3"}, 1h, "https://b.old/", "https://b.new/"});
  const http::Signer::Time now = at(2024, 2, 3, 4h);
  const std::string url = "https://b.new/k";
  const std::vector<Secret> headers = signer.sign({"GET", url, ""}, now);
  REQUIRE(headers.size() == 4);
  CHECK(headers[0].reveal() == "x-amz-content-sha256: " + kEmptyHash);
  CHECK(headers[1].reveal() == "x-amz-date: 20240203T050000Z");
  CHECK(headers[2].reveal() == "x-amz-security-token: token");
  CHECK(
      headers[3].reveal().starts_with("Authorization: AWS4-HMAC-SHA256 Credential=ID/20240203/r/s3/aws4_request,"
                                      "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"));
  const std::vector<Secret> added{Secret("X-Amz-Request-Payer:  requester "), Secret("X-Other: 1")};
  const std::vector<Secret> more = signer.sign({"GET", url, "", added}, now);
  REQUIRE(more.size() == 4);  // the user's are sent anyway
  CHECK(more[3].reveal().find("x-amz-date;x-amz-request-payer;x-amz-security-token,") != std::string::npos);
  const std::string mirror = "https://mirror/k";
  CHECK(signer.sign({"GET", mirror, ""}, now).empty());
  CHECK(signer.place_of("https://b.old/a/b?c") == "https://b.new/a/b?c");
  CHECK(signer.place_of(mirror) == mirror);
}

TEST_CASE("without a key nothing is signed, and the place is still the bucket's") {
  const S3Signer signer({Key(), {"r", "s3"}, {}, "https://b.old/", "https://b.new/"});
  const std::string url = "https://b.new/k";
  CHECK(signer.sign({"GET", url, ""}, {}).empty());
  CHECK(signer.place_of("https://b.old/k") == url);
}

}  // namespace
}  // namespace rimfs::catalog::s3
