// SPDX-License-Identifier: MIT
// The values are of the first version that stored such sums: what changes them loses all that users have stored.
#include "base/checksum.h"

#include <doctest/doctest.h>

#include <string>

using namespace rimfs;

namespace {

std::string thousand_bytes() {
  std::string text;
  for (unsigned i = 0; i < 1000; ++i) text += static_cast<char>(i * 7 + i / 256);
  return text;
}

}  // namespace

TEST_CASE("64-bit sums are XXH3 and never change") {
  struct Row {
    std::string text;
    std::uint64_t plain, seeded_with_1, seeded_with_a_key;
  };
  const Row rows[] = {
      {"", 0x2d06800538d394c2, 0x4dc5b0cc826f6703, 0xcc1ca35a1b089c5c},
      {"rimfs", 0x805c36c63de3ff29, 0x5a8ace4c6e2ae282, 0xc4f81e401f22be34},
      {thousand_bytes(), 0xd1db6a0afea2cc82, 0x7ed8cb9ec4603920, 0xcc1a011bf7c08157},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text.size());
    CHECK(xxh3_64(row.text) == row.plain);
    CHECK(xxh3_64(row.text, 1) == row.seeded_with_1);
    CHECK(xxh3_64(row.text, 0x0123456789abcdef) == row.seeded_with_a_key);
    const auto bytes = std::as_bytes(std::span(row.text));
    CHECK(xxh3_64(bytes) == row.plain);
    CHECK(xxh3_64(bytes, 1) == row.seeded_with_1);
  }
}

TEST_CASE("the sum of zstd files is XXH64") {
  // From the specification of xxHash: of nothing, and of "abc".
  CHECK(xxh64({}) == 0xef46db3751d8e999);
  CHECK(xxh64(std::as_bytes(std::span("abc", 3))) == 0x44bc2cf5ad770999);
}

TEST_CASE("128-bit hashes are those of XXH3") {
  CHECK(xxh3_128("4:test") == Hash128{0x93a3f36d6caff471, 0xabcb91b9228bdf85});
  CHECK(xxh3_128("1000:" + thousand_bytes()) == Hash128{0x177e929ec769ca60, 0x6e82e9a0bfa3716d});
}
