// SPDX-License-Identifier: MIT
// Any bytes as the value of Content-Range. Checks that a range is not empty and lies in the file, and that the value,
// written again, reads the same.
#include <fmt/format.h>

#include "fuzz.h"
#include "http/range_header.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rimfs;
  using namespace rimfs::fuzz;
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  const auto parsed = http::parse_content_range(value);
  if (!parsed) return 0;
  if (parsed->range) require(parsed->range->begin < parsed->range->end);
  if (parsed->range && parsed->total) require(parsed->range->end.value <= parsed->total->value);
  const std::string range = parsed->range ? http::range_value(*parsed->range) : "*";
  const std::string total = parsed->total ? fmt::format("{}", parsed->total->value) : "*";
  require(http::parse_content_range(fmt::format("bytes {}/{}", range, total)) == parsed);
  return 0;
}
