// SPDX-License-Identifier: MIT
#include "http/script_login.h"

#include <doctest/doctest.h>

#include "base/error.h"

namespace rimfs::http {
namespace {

using namespace std::string_literals;

TEST_CASE("the output of scripts becomes cookies and headers, with any line ends") {
  CHECK(cookies_of("a=1\r\n\nb=2; c=3  \n").reveal() == "a=1; b=2; c=3");
  const std::vector<Secret> headers = headers_of("X-Token:\tabc\r\nAuthorization: Bearer x");
  REQUIRE(headers.size() == 2);
  CHECK(headers[0].reveal() == "X-Token:\tabc");
  CHECK(headers[1].reveal() == "Authorization: Bearer x");
}

TEST_CASE("a script prints one URL, which is read as a user's is") {
  CHECK(url_of("https://store/b/k?X-Amz-Signature=abc\r\n\n").reveal() == "https://store/b/k?X-Amz-Signature=abc");
  CHECK(url_of("http://store/a b").reveal() == "http://store/a%20b");
  for (const char* output :
       {"", "\n", "store/k", "ftp://store/k", "http://a/\nhttp://b/", "http://me:pw@store/k", "file:///etc/passwd"}) {
    CAPTURE(std::string(output));
    CHECK_THROWS_AS(url_of(output), Error);
  }
}

TEST_CASE("a script's line with a control character inside is refused, because it would begin another header") {
  for (const std::string& control : {"\r"s, "\0"s, "\x1b"s, "\x7f"s}) {
    CAPTURE(static_cast<int>(control[0]));
    CHECK_THROWS_AS(cookies_of("a=1" + control + "X-Other: 2\n"), Error);
    CHECK_THROWS_AS(headers_of("X-Token: 1" + control + "X-Other: 2\n"), Error);
  }
}

}  // namespace
}  // namespace rimfs::http
