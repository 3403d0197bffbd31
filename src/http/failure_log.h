// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "base/log.h"
#include "http/failures.h"
#include "reactor/event_loop.h"
#include "reactor/limited_log.h"

namespace rimfs::http {

/// Logs failed requests: a few a minute for each server and kind of failure; the others are summarised. Reactor only.
class FailureLog {
 public:
  /// Both arguments outlive the object.
  FailureLog(reactor::EventLoop& loop, Log& log) : log_(std::make_shared<reactor::LimitedLog>(loop, log)) {}

  /// Logs a failure that is retried, at level info.
  void retrying(const std::string& server, const Rejection& failure, const std::string& line);
  /// Logs a failure that a reader received, or that caused a change of the address, as a warning.
  void ended(const std::string& server, const Rejection& failure, const std::string& line);

 private:
  const std::shared_ptr<reactor::LimitedLog> log_;
};

}  // namespace rimfs::http
