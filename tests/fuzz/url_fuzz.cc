// SPDX-License-Identifier: MIT
// The first line as a URL, the second as a redirect or link seen there. Checks that what is made of them is again a
// URL, that what is shown holds no password, and that percent-encoding goes both ways.
#include "http/url.h"

#include "catalog/source_kinds.h"
#include "fuzz.h"

namespace {

using namespace rimfs;
using namespace rimfs::fuzz;

void check_encoding(const std::string& text) {
  require(http::percent_decode(http::percent_encode(text)) == text);
  require(has_no_controls(http::percent_encode(text)));
  require(http::percent_decode(text).size() <= text.size());
  const std::string safe = http::encode_unsafe(text);
  require(safe.size() <= 3 * text.size() && http::encode_unsafe(safe) == safe);
  require(has_no_controls(safe) && safe.find(' ') == std::string::npos);
}

void check_url(const std::string& url) {
  const auto origin = accepted(ErrorKind::misuse, [&] { return http::origin_of(url); });
  if (!origin) return;
  const http::PathAndQuery parts = http::path_and_query(url);
  require(parts.path.size() + parts.query.size() <= url.size() + 1);
  require(http::origin_of(url) == *origin);
  catalog::query_names_file(url);
  http::is_https(url);
}

void check_location(const std::string& asked, const std::string& location) {
  const auto led = accepted(ErrorKind::misuse, [&] { return http::resolve_location(asked, location); });
  if (!led) return;
  require(led->size() <= 4 * (asked.size() + location.size()) + 16);
  check_url(*led);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input(data, size);
  const std::string url = input.line();
  const std::string location = input.line();
  check_encoding(url);
  check_url(url);
  check_location(url, location);
  const std::string shown = http::display_url(url, catalog::server_kinds()).text();
  require(http::display_url("https://user:Pa55w0rd-Secret@server/file?token=Pa55w0rd-Secret#" + location)
              .text()
              .find("Pa55w0rd-Secret") == std::string::npos);
  require(!shown.empty());
  return 0;
}
