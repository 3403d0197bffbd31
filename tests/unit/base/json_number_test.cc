// SPDX-License-Identifier: MIT
#include "base/json_number.h"

#include <doctest/doctest.h>

#include <cstdint>

namespace rimfs {
namespace {

using Json = nlohmann::json;

TEST_CASE("a whole number is read, and anything else is an error") {
  CHECK(json_integer<std::uint64_t>(Json::parse("18446744073709551615")) == UINT64_MAX);
  CHECK(json_integer<std::uint64_t>(Json::parse("0")) == 0);
  CHECK(json_integer<std::int64_t>(Json::parse("-5")) == -5);
  CHECK(json_integer<std::int64_t>(Json::parse("5")) == 5);
  for (const char* text : {"1e300", "-1e300", "0.5", "1.0", "18446744073709551616", "true", "null", "\"5\"", "[5]"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(json_integer<std::uint64_t>(Json::parse(text)), Json::type_error);
    CHECK_THROWS_AS(json_integer<std::int64_t>(Json::parse(text)), Json::type_error);
  }
  CHECK_THROWS_AS(json_integer<std::uint64_t>(Json::parse("-1")), Json::type_error);
}

}  // namespace
}  // namespace rimfs
