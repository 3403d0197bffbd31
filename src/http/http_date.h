// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace rimfs::http {

/// The time that a header such as Last-Modified names, in seconds since 1970: in each of the three forms of RFC 9110,
/// section 5.6.7, and in the others that curl_getdate() knows. Nothing for an invalid or empty text. Pure.
std::optional<std::int64_t> parse_date(const std::string& text);

}  // namespace rimfs::http
