// SPDX-License-Identifier: MIT
// Converts between HTTP's inclusive ranges (RFC 9110, section 14) and ByteRange. No other file uses inclusive ranges.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/byte_range.h"

namespace rimfs::http {

/// The range as "first-last" for CURLOPT_RANGE. `range` must not be empty.
std::string range_value(ByteRange range);

/// The value of a Content-Range header. A part that the server left open ("*") is absent.
struct ContentRange {
  std::optional<ByteRange> range;
  std::optional<ByteCount> total;
  bool operator==(const ContentRange&) const = default;
};

/// Parses "bytes 0-99/200", "bytes 0-99/*" or "bytes */200" (RFC 9110, section 14.4). Servers also write the unit in
/// any case, leave it out, or put "=" or ":" after it, add blanks, and end with ";": curl, aria2 and wget accept
/// "bytes:" and a missing unit, and name JavaWebServer 1.1.1 and Netscape's proxy as servers that write so. None of it
/// changes the numbers. Returns nothing for another unit, for a value without the size or "*", and for numbers that
/// contradict each other or do not fit 64 bits.
std::optional<ContentRange> parse_content_range(std::string_view value);

}  // namespace rimfs::http
