// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>

#include "extents/image_map.h"

namespace rimfs::extents {
namespace {

ByteRange bytes(std::uint64_t begin, std::uint64_t end) { return {Offset{begin}, Offset{end}}; }

/// As qemu-img 7.2 writes it of a raw file of 1000001 bytes with data in one page.
constexpr const char* kReal =
    R"([{ "start": 0, "length": 299008, "depth": 0, "present": true, "zero": true, "data": false, "offset": 0},
{ "start": 299008, "length": 4096, "depth": 0, "present": true, "zero": false, "data": true, "offset": 299008},
{ "start": 303104, "length": 697344, "depth": 0, "present": true, "zero": true, "data": false, "offset": 303104}]
)";

/// One extent; `more` holds further members, each after a comma.
std::string extent(const std::string& start, const std::string& length, const char* zero, const char* data,
                   const std::string& more) {
  return fmt::format(R"({{"start": {}, "length": {}, "zero": {}, "data": {}{}}})", start, length, zero, data, more);
}
std::string data(const std::string& start, const std::string& length) {
  return extent(start, length, "false", "true", R"(, "offset": )" + start);
}
std::string zero(const std::string& start, const std::string& length, const std::string& more = "") {
  return extent(start, length, "true", "false", more);
}

std::string refusal(const std::string& text) {
  try {
    read_image_map(text);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::corrupt);
    return error.message();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("qemu-img's map of a raw file is read, with its size rounded up to a sector") {
  const ImageMap map = read_image_map(kReal);
  CHECK(map.size == ByteCount{1000448});
  CHECK(map.fits(ByteCount{1000001}));
  CHECK(map.fits(ByteCount{1000448}));
  CHECK_FALSE(map.fits(ByteCount{999936}));
  CHECK_FALSE(map.fits(ByteCount{1000449}));
  CHECK(map.zeros == std::vector<ByteRange>{bytes(0, 299008), bytes(303104, 1000448)});
  CHECK(map.sums.empty());
}

TEST_CASE("adjacent zeros are joined, including allocated ones, and unknown members are ignored") {
  const ImageMap map = read_image_map("\n [" + zero("0", "512") + "," +
                                      extent("512", "512", "true", "true", R"(, "offset": 512, "compressed": false)") +
                                      "," + zero("1024", "1", R"(, "new": {"start": 7, "list": [1, {"zero": 2}]})") +
                                      "," + data("1025", "9") + "]");
  CHECK(map.zeros == std::vector<ByteRange>{bytes(0, 1025)});
  CHECK(map.size == ByteCount{1034});
}

TEST_CASE("maps that contradict themselves or are of another format are refused") {
  struct Row {
    std::string text;
    const char* says;
  };
  const Row rows[] = {
      {"", "neither"},
      {"start,length\n", "neither"},
      {"{\"start\": 0}", "neither"},
      {"[", "invalid JSON at byte"},
      {"[]", "the list is empty"},
      {"[1]", "not a list of extents"},
      {"[[]]", "not a list of extents"},
      {"[\"a\", null]", "not a list of extents"},
      {"[{}]", "lacks start, length, zero or data"},
      {R"([{"start": 0, "length": 4, "zero": 1, "data": false}])", "lacks"},
      {"[" + zero("0", "4") + "," + zero("5", "4") + "]", "begins at byte 5 instead of 4"},
      {"[" + zero("0", "4") + "," + zero("3", "4") + "]", "begins at byte 3 instead of 4"},
      {"[" + zero("4", "4") + "]", "begins at byte 4 instead of 0"},
      {"[" + zero("0", "0") + "]", "is empty"},
      {"[" + zero("0", "-1") + "]", "invalid length after byte 0"},
      {"[" + zero("0", "1.5") + "]", "invalid length after byte"},
      {"[" + zero("0", "1e3") + "]", "invalid length after byte"},
      {"[" + zero("0", "9223372036854775808") + "]", "invalid length after byte"},
      {"[" + zero("0", "18446744073709551616") + "]", "invalid length after byte"},
      {"[" + zero("0", "9223372036854775807") + "," + zero("9223372036854775807", "1") + "]", "larger than any file"},
      {"[" + zero("0", "512", ", \"offset\": 512") + "]", "another format than raw"},
      {"[" + zero("0", "512", ", \"present\": false") + "]", "another format than raw"},
      {"[" + zero("0", "512", ", \"depth\": 1") + "]", "another format than raw"},
      {"[" + zero("0", "512", ", \"compressed\": true") + "]", "another format than raw"},
      {"[" + extent("0", "512", "false", "true", "") + "]", "another format than raw"},
      {"[" + extent("0", "512", "false", "true", ", \"offset\": 327680") + "]", "another format than raw"},
      {"[" + extent("0", "512", "false", "false", "") + "]", "neither data nor zero"},
      {std::string(1000, '['), "not a list of extents"},
      {"[{\"start\": " + std::string(1000, '['), "invalid JSON at byte"},
      {std::string(100000, '['), "65536 bytes without a value"},
      {"[{\"start\": " + std::string(100000, '['), "65536 bytes without a value"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text.substr(0, 200));
    CHECK(refusal(row.text).find(row.says) != std::string::npos);
  }
}

TEST_CASE("a map of the largest file is read") {
  const ImageMap map = read_image_map("[" + zero("0", "9223372036854775807") + "]");
  CHECK(map.size == ByteCount{INT64_MAX});
  CHECK(map.fits(ByteCount{INT64_MAX}));
}

TEST_CASE("a map with a byte changed is refused or covers its own size in order") {
  const std::uint64_t seed = std::random_device{}();
  INFO("seed ", seed);
  std::mt19937_64 random(seed);
  const std::string good = kReal;
  for (int round = 0; round < 20000; ++round) {
    std::string text = good;
    for (std::uint64_t changes = 1 + random() % 3; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = static_cast<char>(random());
          break;
        case 1:
          text.erase(at, random() % 40);
          break;
        default:
          text.insert(at, std::to_string(random()));
      }
    }
    try {
      const ImageMap map = read_image_map(text);
      Offset end{};
      for (const ByteRange& range : map.zeros) {
        REQUIRE((range.begin > end || (range.begin == Offset{} && end == Offset{})));
        REQUIRE_FALSE(range.empty());
        end = range.end;
      }
      REQUIRE(end.value <= map.size.value);
      REQUIRE(map.size.value <= kLargestImage);
    } catch (const Error&) {
    }
  }
}

}  // namespace rimfs::extents
