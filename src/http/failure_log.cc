// SPDX-License-Identifier: MIT
#include "http/failure_log.h"

namespace rimfs::http {
namespace {

std::string kind_of(const std::string& server, const Rejection& failure) {
  return server + ": " + std::string(to_string(failure.kind));
}

}  // namespace

void FailureLog::retrying(const std::string& server, const Rejection& failure, const std::string& line) {
  log_->write(LogLevel::info, kind_of(server, failure), line);
}

/// Counted separately from retried failures, so that a final failure is not omitted because of them.
void FailureLog::ended(const std::string& server, const Rejection& failure, const std::string& line) {
  log_->write(LogLevel::warning, kind_of(server + ": given up", failure), line);
}

}  // namespace rimfs::http
