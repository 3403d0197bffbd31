// SPDX-License-Identifier: MIT
#include "base/ascii.h"

#include <doctest/doctest.h>

using namespace rimfs;

TEST_CASE("blanks are trimmed at both ends, or at the end alone") {
  CHECK(trimmed(" \t a b \r\n") == "a b");
  CHECK(trimmed("a") == "a");
  CHECK(trimmed(" \t ").empty());
  CHECK(trimmed("").empty());
  CHECK(trimmed("//a/b/", "/") == "a/b");
  CHECK(trimmed_end(" a \r\n") == " a");
  CHECK(trimmed_end(" \n ").empty());
  CHECK(trimmed_end("").empty());
  CHECK(trimmed_end("a \n\n", "\n") == "a ");
}

TEST_CASE("only letters are compared without case") {
  CHECK(equal_ignoring_case("Content-Length", "content-LENGTH"));
  CHECK(equal_ignoring_case("", ""));
  CHECK_FALSE(equal_ignoring_case("a", "ab"));
  CHECK_FALSE(equal_ignoring_case("@", "`"));  // 0x20 apart, as letters are
  CHECK_FALSE(equal_ignoring_case("[", "{"));
  CHECK_FALSE(equal_ignoring_case("\xc4", "\xe4"));
}

TEST_CASE("letters and digits are those of ASCII in every locale") {
  for (int c = 0; c < 256; ++c) {
    CAPTURE(c);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    CHECK(is_letter(static_cast<char>(c)) == letter);
    CHECK(is_digit(static_cast<char>(c)) == digit);
    CHECK(is_alphanumeric(static_cast<char>(c)) == (letter || digit));
  }
  CHECK(lower("AZ[a\xc4") == "az[a\xc4");
}
