// SPDX-License-Identifier: MIT
#include "http/http_date.h"

#include "http/curl.h"

namespace rimfs::http {

std::optional<std::int64_t> parse_date(const std::string& text) {
  const time_t seconds = text.empty() ? -1 : curl_getdate(text.c_str(), nullptr);
  return seconds < 0 ? std::nullopt : std::optional<std::int64_t>(seconds);
}

}  // namespace rimfs::http
