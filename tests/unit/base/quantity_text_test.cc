// SPDX-License-Identifier: MIT
#include "base/quantity_text.h"

#include <doctest/doctest.h>

#include <optional>

using namespace rimfs;

TEST_CASE("a size is a number with a unit of 1024") {
  struct Row {
    const char* text;
    std::optional<std::uint64_t> bytes;
  };
  for (const Row& row : {Row{"0", 0},
                         {"512", 512},
                         {"64K", 65536},
                         {"64k", 65536},
                         {"1M", 1 << 20},
                         {"1MiB", 1 << 20},
                         {"1 MB", 1 << 20},
                         {"1.5G", 3ULL << 29},
                         {"8191P", {}},
                         {"", {}},
                         {"K", {}},
                         {"-1", {}},
                         {"3 apples", {}},
                         {"0.3", {}},
                         {"99999999T", {}},
                         {"1KK", {}}}) {
    CAPTURE(row.text);
    ByteCount bytes;
    REQUIRE(parse_bytes(row.text, bytes) == row.bytes.has_value());
    if (row.bytes) CHECK(bytes.value == *row.bytes);
  }
}

TEST_CASE("a duration needs a unit") {
  struct Row {
    const char* text;
    std::optional<long> milliseconds;
  };
  for (const Row& row : {Row{"500ms", 500},
                         {"10s", 10000},
                         {"2m", 120000},
                         {"1.5s", 1500},
                         {"1h", 3600000},
                         {"0", 0},
                         {"10", {}},
                         {"soon", {}},
                         {"", {}},
                         {"999999999h", {}}}) {
    CAPTURE(row.text);
    std::chrono::milliseconds duration{};
    REQUIRE(parse_duration(row.text, duration) == row.milliseconds.has_value());
    if (row.milliseconds) CHECK(duration.count() == *row.milliseconds);
  }
}

TEST_CASE("a size or duration is shown in a form that parses to the same value") {
  for (const auto& [bytes, text] : {std::pair<std::uint64_t, const char*>{0, "0"},
                                    {512, "512"},
                                    {1 << 16, "64K"},
                                    {3 << 20, "3M"},
                                    {(1 << 20) + 1, "1048577"},
                                    {3ULL << 29, "1536M"},
                                    {1ULL << 40, "1T"},
                                    {1ULL << 52, "4096T"}}) {
    CHECK(show(ByteCount{bytes}) == text);
    ByteCount again;
    REQUIRE(parse_bytes(text, again));
    CHECK(again.value == bytes);
  }
  for (const auto& [milliseconds, text] : {std::pair<long, const char*>{0, "0"},
                                           {500, "500ms"},
                                           {10'000, "10s"},
                                           {60'000, "60s"},
                                           {120'000, "2m"},
                                           {90'000, "90s"},
                                           {7'200'000, "2h"}}) {
    CHECK(show(std::chrono::milliseconds(milliseconds)) == text);
    std::chrono::milliseconds again{};
    REQUIRE(parse_duration(text, again));
    CHECK(again.count() == milliseconds);
  }
}

TEST_CASE("sizes in tables have one unit and one decimal") {
  CHECK(show_mebibytes(ByteCount{}) == "0.0 MiB");
  CHECK(show_mebibytes(ByteCount{3 << 19}) == "1.5 MiB");
  CHECK(show_mebibytes(5_GiB) == "5120.0 MiB");
  CHECK(in_mebibytes(256_KiB) == 0.25);
}

TEST_CASE("a count consists of digits only") {
  std::uint64_t count = 0;
  CHECK(parse_count("18446744073709551615", count));
  CHECK(count == 18446744073709551615ULL);
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "1K", "18446744073709551616"})
    CHECK_FALSE(parse_count(bad, count));
}
