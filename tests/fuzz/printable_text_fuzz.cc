// SPDX-License-Identifier: MIT
// Any bytes as text that others wrote and rimfs prints. Checks that one line of valid UTF-8 is left, no longer than
// allowed, without control characters and changes of direction, that printing it again changes nothing, and that plain
// text stays as it is.
#include "base/printable.h"

#include <algorithm>

#include "fuzz.h"

namespace {

using namespace rimfs;
using namespace rimfs::fuzz;

bool turns_text(char32_t c) {
  return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f || c == 0x061c;
}

void check_printable(std::string_view foreign, std::size_t longest) {
  const std::string shown = printable(foreign, longest);
  require(shown.size() <= longest);
  require(has_no_controls(shown));
  for (std::size_t at = 0; at < shown.size();) {
    const Utf8Character one = utf8_at(shown, at);
    require(one.code_point != kNotUtf8 && !turns_text(one.code_point));
    require(one.code_point != 0x2028 && one.code_point != 0x2029);
    at += one.length;
  }
  require(printable(shown, longest) == shown);
  const bool plain = std::all_of(foreign.begin(), foreign.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (plain && foreign.size() <= longest) require(shown == foreign);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::size_t longest = 3 + input.number<std::uint8_t>();
  check_printable(input.rest(), longest);
  check_printable(input.rest(), kLongestPrintable);
  return 0;
}
