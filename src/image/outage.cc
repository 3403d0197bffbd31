// SPDX-License-Identifier: MIT
#include "image/outage.h"

#include <fmt/format.h>

namespace rimfs::image {

void log_outage(http::FailureLog& log, const std::string& server, const Error& failure, std::string_view instead) {
  const http::Rejection rejection{failure.kind(), false, failure.message()};
  log.ended(server, rejection, fmt::format("{}; {}", failure.message(), instead));
}

}  // namespace rimfs::image
