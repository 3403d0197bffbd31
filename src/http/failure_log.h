// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/log.h"
#include "base/log_limit.h"
#include "http/failures.h"
#include "reactor/event_loop.h"

namespace rimfs::http {

/// Logs failed requests, a few of each server and kind of failure a minute; the others are summed up. Reactor only.
class FailureLog {
 public:
  /// Both outlive it.
  FailureLog(reactor::EventLoop& loop, Log& log) : loop_(loop), log_(log) {}
  ~FailureLog();
  FailureLog(const FailureLog&) = delete;
  FailureLog& operator=(const FailureLog&) = delete;

  /// One that is repeated: told as information.
  void retrying(const std::string& server, const Rejection& failure, const std::string& line);
  /// One that somebody was told of, or that changed where is asked: a warning.
  void ended(const std::string& server, const Rejection& failure, const std::string& line);

 private:
  bool admit(const std::string& server, const Rejection& failure);
  void tell(const std::vector<LogLimit::Summary>& summaries);
  void look();

  reactor::EventLoop& loop_;
  Log& log_;
  LogLimit limit_;
  reactor::EventLoop::TimerId timer_ = 0;
};

}  // namespace rimfs::http
