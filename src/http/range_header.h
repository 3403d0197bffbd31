// SPDX-License-Identifier: MIT
// HTTP's inclusive ranges (RFC 9110, section 14), turned into ours and back, and nowhere else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/byte_range.h"

namespace rimfs::http {

/// "first-last" for CURLOPT_RANGE. `range` is not empty.
std::string range_value(ByteRange range);

/// A Content-Range header's value. A part that the server left open ("*") is absent.
struct ContentRange {
  std::optional<ByteRange> range;
  std::optional<ByteCount> total;
  bool operator==(const ContentRange&) const = default;
};

/// Reads "bytes 0-99/200", "bytes 0-99/*" or "bytes */200"; nothing when it is none of these, contradicts itself
/// or does not fit 64 bits.
std::optional<ContentRange> parse_content_range(std::string_view value);

}  // namespace rimfs::http
