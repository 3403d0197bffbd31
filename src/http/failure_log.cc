// SPDX-License-Identifier: MIT
#include "http/failure_log.h"

namespace rimfs::http {

FailureLog::~FailureLog() {
  if (timer_ != 0) loop_.cancel_timer(timer_);
  tell(limit_.close_all());
}

void FailureLog::retrying(const std::string& server, const Rejection& failure, const std::string& line) {
  if (admit(server, failure)) log_.info("{}", line);
}

/// Counted apart from those that are repeated: the last one must not be lost among them.
void FailureLog::ended(const std::string& server, const Rejection& failure, const std::string& line) {
  if (admit(server + ": given up", failure)) log_.warning("{}", line);
}

bool FailureLog::admit(const std::string& server, const Rejection& failure) {
  const auto now = loop_.now();
  tell(limit_.close_windows(now));
  const bool write = limit_.admit(server + ": " + std::string(to_string(failure.kind)), now);
  if (timer_ == 0) timer_ = loop_.add_timer(LogLimit::kWindow, [this] { look(); });
  return write;
}

void FailureLog::tell(const std::vector<LogLimit::Summary>& summaries) {
  for (const LogLimit::Summary& one : summaries) {
    log_.info("{}: {} more such failures in {} s", one.kind, one.left_out, LogLimit::kWindow.count());
  }
}

void FailureLog::look() {
  timer_ = 0;
  tell(limit_.close_windows(loop_.now()));
  if (!limit_.empty()) timer_ = loop_.add_timer(LogLimit::kWindow / 4, [this] { look(); });
}

}  // namespace rimfs::http
