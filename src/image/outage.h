// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "http/failure_log.h"

namespace rimfs::image {

/// Logs that a server cannot be reached, and what the mount shows instead. At most a few lines a minute, because
/// readers may try any number of names. Reactor only.
void log_outage(http::FailureLog& log, const std::string& server, const Error& failure, std::string_view instead);

}  // namespace rimfs::image
