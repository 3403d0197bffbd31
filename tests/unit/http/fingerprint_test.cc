// SPDX-License-Identifier: MIT
#include "http/fingerprint.h"

#include <doctest/doctest.h>

using namespace rimfs::http;

namespace {

constexpr const char* kSha1 = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334";
constexpr const char* kSha256 = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

}  // namespace

TEST_CASE("a fingerprint is read in every notation that tools print") {
  struct Row {
    const char* text;
    const char* digits;
  };
  const Row rows[] = {
      {"a1b2c3d4e5f60718293a4b5c6d7e8f9001122334", kSha1},
      {"A1B2C3D4E5F60718293A4B5C6D7E8F9001122334", kSha1},
      {"A1:B2:C3:D4:E5:F6:07:18:29:3A:4B:5C:6D:7E:8F:90:01:12:23:34", kSha1},
      {"a1 b2 c3 d4 e5 f6 07 18 29 3a 4b 5c 6d 7e 8f 90 01 12 23 34", kSha1},
      {"sha1:a1b2c3d4e5f60718293a4b5c6d7e8f9001122334", kSha1},
      {"SHA1 Fingerprint=A1:B2:C3:D4:E5:F6:07:18:29:3A:4B:5C:6D:7E:8F:90:01:12:23:34", kSha1},
      {"sha1 Fingerprint=A1:B2:C3:D4:E5:F6:07:18:29:3A:4B:5C:6D:7E:8F:90:01:12:23:34\n", kSha1},
      {"SHA-1 thumbprint: A1:B2:C3:D4:E5:F6:07:18:29:3A:4B:5C:6D:7E:8F:90:01:12:23:34", kSha1},
      {"Thumbprint: a1b2c3d4e5f60718293a4b5c6d7e8f9001122334", kSha1},
      {"00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff", kSha256},
      {"SHA-256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", kSha256},
      {"sha256:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF",
       kSha256},
      {"sha256 Fingerprint=00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:"
       "ee:ff",
       kSha256},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto read = read_fingerprint(row.text);
    REQUIRE(read);
    CHECK(read->digits == row.digits);
    CHECK((read->algorithm == Fingerprint::Algorithm::sha1) == (row.digits == kSha1));
    CHECK(read_fingerprint(show(*read)) == read);
  }
}

TEST_CASE("any other text is no fingerprint") {
  const char* const texts[] = {
      "",
      ":",
      "sha256:",
      "sha1",
      "a1b2",
      "a1b2c3d4e5f60718293a4b5c6d7e8f900112233",          // 39 digits
      "a1b2c3d4e5f60718293a4b5c6d7e8f90011223344",        // 41 digits
      "g1b2c3d4e5f60718293a4b5c6d7e8f9001122334",         // no digit
      "sha256:a1b2c3d4e5f60718293a4b5c6d7e8f9001122334",  // the length of SHA-1
      "sha1:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
      "sha256a1b2c3d4e5f60718293a4b5c6d7e8f9001122334",
      "A1:B2C3D4E5F60718293A4B5C6D7E8F9001122334",                     // not all separated
      "A1:B2:C3:D4:E5:F6:07:18:29:3A:4B:5C:6D:7E:8F:90:01:12:23:34:",  // ends with a separator
      "A1:B2 C3:D4:E5:F6:07:18:29:3A:4B:5C:6D:7E:8F:90:01:12:23:34",   // two separators
      "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",          // of a public key (curl)
      "sha512:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
      "d41d8cd98f00b204e9800998ecf8427e",  // MD5
  };
  for (const char* text : texts) {
    CAPTURE(text);
    CHECK_FALSE(read_fingerprint(text));
  }
}
