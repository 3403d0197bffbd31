// SPDX-License-Identifier: MIT
#include "traces/trace_text.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "base/error.h"

using namespace rimfs;
using namespace rimfs::traces;

namespace {

const std::string kKey = "https://server/disk.qcow2 disk.qcow2";
const AccessTrace kExample{{range_of(Offset{}, 64_KiB), range_of(Offset{1073741824}, 16_KiB)}, 2};
/// As src/traces/README.md shows it, with a longer key there.
const std::string kText =
    "rimfs access trace 1\n"
    "of https://server/disk.qcow2 disk.qcow2\n"
    "passed-over 2\n"
    "0+65536\n"
    "1073741824+16384\n"
    "sum 7ef435d3dc4de480\n";

std::string refusal(const std::string& text, const std::string& key = kKey) {
  try {
    read_trace(text, key);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::corrupt);
    return error.message();
  }
  return {};
}

}  // namespace

TEST_CASE("a trace's file has the documented form") {
  CHECK(write_trace(kExample, kKey) == kText);
  CHECK(read_trace(kText, kKey) == kExample);
}

TEST_CASE("a file with any byte changed, removed or added is refused") {
  for (std::size_t i = 0; i < kText.size(); ++i) {
    CAPTURE(i);
    std::string changed = kText;
    changed[i] ^= 1;
    CHECK_FALSE(refusal(changed).empty());
    CHECK_FALSE(refusal(kText.substr(0, i)).empty());
    std::string shorter = kText;
    shorter.erase(i, 1);
    CHECK_FALSE(refusal(shorter).empty());
    std::string longer = kText;
    longer.insert(i, 1, 'x');
    CHECK_FALSE(refusal(longer).empty());
  }
  CHECK_FALSE(refusal(kText + "x").empty());
}

TEST_CASE("a trace of another image is refused") {
  CHECK(refusal(kText, "https://server/other.qcow2 other.qcow2") == "it is of another image, or its sum is wrong");
  CHECK(refusal(write_trace(kExample, kKey + "\n")) == "it is of another image, or its sum is wrong");
}

TEST_CASE("content beyond the limits of a trace is refused although the checksum is right") {
  const AccessTrace rows[] = {
      {{range_of(Offset{}, {})}, 0},
      {{range_of(Offset{}, kMostBytes + ByteCount{1})}, 0},
      {{range_of(Offset{}, 40_MiB), range_of(Offset{1ULL << 40}, 40_MiB)}, 0},
      {{range_of(Offset{(1ULL << 63) - 100}, 101_MiB)}, 0},
      {{range_of(Offset{(1ULL << 63) - 100}, ByteCount{200})}, 0},
      {{range_of(Offset{1ULL << 63}, 4_KiB)}, 0},
      {{}, 1001},
      {std::vector<ByteRange>(kMostRanges + 1, range_of(Offset{}, ByteCount{1})), 0},
  };
  for (const AccessTrace& trace : rows) CHECK_FALSE(refusal(write_trace(trace, kKey)).empty());
}

TEST_CASE("the largest trace, of the longest address, fits into a file") {
  AccessTrace trace;
  for (std::size_t i = 0; i < kMostRanges; ++i) {
    trace.ranges.push_back(range_of(Offset{(1ULL << 62) + (1ULL << 40) * i}, 16_KiB));
  }
  const std::string key(100000, 'k');
  const std::string text = write_trace(trace, key);
  CHECK(text.size() <= kLargestText.value);
  CHECK(read_trace(text, key) == trace);
}

TEST_CASE("names with line ends do not break the format") {
  const std::string key = "https://server/a b\nsum 0\n";
  CHECK(read_trace(write_trace(kExample, key), key) == kExample);
  CHECK_FALSE(refusal("rimfs access trace 1\nof sum 0000000000000000\n").empty());
}
