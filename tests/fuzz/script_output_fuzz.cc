// SPDX-License-Identifier: MIT
// Any bytes as what the user's login scripts print. Checks that each cookie and header stays one line of a request.
#include "fuzz.h"
#include "http/script_login.h"

namespace {

using namespace rimfs;
using namespace rimfs::fuzz;

bool is_one_line(const Secret& text) {
  return text.reveal().find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string output(reinterpret_cast<const char*>(data), size);
  if (const auto cookies = accepted(ErrorKind::denied, [&] { return http::cookies_of(output); })) {
    require(is_one_line(*cookies));
    require(cookies->reveal().size() <= 2 * size);
  }
  if (const auto headers = accepted(ErrorKind::denied, [&] { return http::headers_of(output); })) {
    for (const Secret& header : *headers) {
      require(is_one_line(header));
      require(header.reveal().find(':') != 0 && header.reveal().find(':') != std::string::npos);
    }
  }
  return 0;
}
