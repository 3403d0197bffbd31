// SPDX-License-Identifier: MIT
// How the files of CurlRequest set libcurl's options.
#pragma once

#include <fmt/format.h>

#include <string>

#include "base/error.h"
#include "http/curl.h"

namespace rimfs::http {

/// Throws Error{system} when libcurl refuses the option.
template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  const CURLcode code = curl_easy_setopt(easy, option, value);
  if (code != CURLE_OK) {
    throw Error(ErrorKind::system,
                fmt::format("libcurl refuses option {}: {}", static_cast<int>(option), curl_easy_strerror(code)));
  }
}

/// Nothing is set for an empty text.
inline void set_text(CURL* easy, CURLoption option, const std::string& text) {
  if (!text.empty()) set(easy, option, text.c_str());
}

/// Throws Error{system} when there is no memory.
inline void append(CurlList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (!longer) throw Error(ErrorKind::system, "out of memory for a request");
  (void)list.release();
  list.reset(longer);
}

}  // namespace rimfs::http
