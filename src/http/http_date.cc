// SPDX-License-Identifier: MIT
#include "http/http_date.h"

#include "http/curl.h"

namespace rimfs::http {

std::optional<std::int64_t> parse_date(const std::string& text) {
  const bool is_text = !text.empty() && text.find('\0') == std::string::npos;
  const time_t seconds = is_text ? curl_getdate(text.c_str(), nullptr) : -1;
  return seconds < 0 ? std::nullopt : std::optional<std::int64_t>(seconds);
}

}  // namespace rimfs::http
