// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "base/log.h"
#include "http/failures.h"
#include "reactor/event_loop.h"
#include "reactor/limited_log.h"

namespace rimfs::http {

/// Logs failed requests, a few of each server and kind of failure a minute; the others are summed up. Reactor only.
class FailureLog {
 public:
  /// Both outlive it.
  FailureLog(reactor::EventLoop& loop, Log& log) : log_(std::make_shared<reactor::LimitedLog>(loop, log)) {}

  /// One that is repeated: told as information.
  void retrying(const std::string& server, const Rejection& failure, const std::string& line);
  /// One that somebody was told of, or that changed where is asked: a warning.
  void ended(const std::string& server, const Rejection& failure, const std::string& line);

 private:
  const std::shared_ptr<reactor::LimitedLog> log_;
};

}  // namespace rimfs::http
