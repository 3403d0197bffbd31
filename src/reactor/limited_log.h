// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/log_limit.h"
#include "base/thread_safety.h"
#include "reactor/event_loop.h"

namespace rimfs::reactor {

/// Writes the first lines of each kind in a minute, and then how many more there were (LogLimit). For everything that
/// servers and readers can make happen as often as they like. Any thread. Shared, because the loop looks at it later;
/// the loop and the log outlive it.
class LimitedLog : public std::enable_shared_from_this<LimitedLog> {
 public:
  LimitedLog(EventLoop& loop, Log& log) : loop_(loop), log_(log) {}
  ~LimitedLog();
  LimitedLog(const LimitedLog&) = delete;
  LimitedLog& operator=(const LimitedLog&) = delete;

  /// `kind`: what the sum is called, such as the server and what failed. False when the line was only counted, or when
  /// the log takes no lines of this level.
  bool write(LogLevel level, const std::string& kind, const std::string& line);

 private:
  void look();
  void look_later();
  void tell(LogLevel level, const std::vector<LogLimit::Summary>& summaries);

  EventLoop& loop_;
  Log& log_;

  Mutex mutex_;                                                   // innermost
  std::map<LogLevel, LogLimit> limits_ RIMFS_GUARDED_BY(mutex_);  // a sum has the level of its lines
  bool watched_ RIMFS_GUARDED_BY(mutex_) = false;                 // look() will run
};

}  // namespace rimfs::reactor
