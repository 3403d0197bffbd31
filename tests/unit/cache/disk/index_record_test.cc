// SPDX-License-Identifier: MIT
#include "cache/disk/index_record.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "base/checksum.h"

namespace rimfs::cache::disk {
namespace {

constexpr StoredBlock kExample{0x01020304, 0x0a0b0c0d, 0x00000000000000f0, 0x8000000000000001, 0x1122334455667788};
constexpr std::uint64_t kKey = 0x0123456789abcdef;
constexpr IndexHeader kHeader{1 << 20, 5'000'000'000, kKey};

std::string hex(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte one : bytes) text += fmt::format("{:02x}", std::to_integer<unsigned>(one));
  return text;
}

TEST_CASE("a record has the documented bytes") {
  const RecordBytes bytes = encode(kExample, kKey);
  CHECK(hex(std::span(bytes).first(32)) ==
        "040302010d0c0b0a"    // block, used
        "f000000000000000"    // data
        "0100000000000080"    // zero
        "8877665544332211");  // sum
  CHECK(hex(std::span(bytes).last(8)) == "d7925ab28844c43a");
  CHECK(decode(bytes, kKey) == kExample);
}

TEST_CASE("a header has the documented bytes") {
  const RecordBytes bytes = encode(kHeader);
  CHECK(hex(std::span(bytes).first(32)) ==
        "72696d6673696478"    // rimfsidx
        "0300000000001000"    // version 2, blocks of 1 MiB
        "00f2052a01000000"    // image size
        "efcdab8967452301");  // key
  CHECK(hex(std::span(bytes).last(8)) == "97e87e8044bf3358");
  CHECK(decode_header(bytes) == kHeader);
}

TEST_CASE("each single flipped bit of a record or a header is detected") {
  for (std::size_t bit = 0; bit < kRecordSize * 8; ++bit) {
    CAPTURE(bit);
    RecordBytes record = encode(kExample, kKey);
    record[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    CHECK_FALSE(decode(record, kKey).has_value());
    RecordBytes header = encode(kHeader);
    header[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    CHECK_FALSE(decode_header(header).has_value());
  }
}

TEST_CASE("a record of another image is rejected") {
  const RecordBytes bytes = encode(kExample, kKey);
  CHECK_FALSE(decode(bytes, kKey + 1).has_value());
  CHECK_FALSE(decode(bytes, 0).has_value());
}

TEST_CASE("a record with a chunk that is both data and zero is rejected") {
  CHECK_FALSE(decode(encode({1, 0, 0b11, 0b10, 7}, kKey), kKey).has_value());
}

TEST_CASE("bytes of zeros are neither a record nor a header") {
  const RecordBytes zeros{};
  CHECK_FALSE(decode(zeros, 0).has_value());
  CHECK_FALSE(decode_header(zeros).has_value());
}

TEST_CASE("a header of another version is rejected even if its checksum is right") {
  for (const unsigned version : {0U, 1U, 2U, 4U, 255U}) {
    RecordBytes bytes = encode(kHeader);
    bytes[8] = static_cast<std::byte>(version);
    const std::uint64_t sum = xxh3_64(std::span(bytes).first(32));
    for (unsigned i = 0; i < 8; ++i) bytes[32 + i] = static_cast<std::byte>(sum >> (8 * i));
    CHECK_FALSE(decode_header(bytes).has_value());
  }
}

}  // namespace
}  // namespace rimfs::cache::disk
