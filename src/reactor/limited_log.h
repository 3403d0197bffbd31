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

/// Writes the first lines of each kind in a minute, then the number of omitted lines (LogLimit). For all messages that
/// servers and readers can cause at any rate. Any thread. Shared ownership, because a timer of the loop refers to it
/// later; the loop and the log outlive it.
class LimitedLog : public std::enable_shared_from_this<LimitedLog> {
 public:
  LimitedLog(EventLoop& loop, Log& log) : loop_(loop), log_(log) {}
  ~LimitedLog();
  LimitedLog(const LimitedLog&) = delete;
  LimitedLog& operator=(const LimitedLog&) = delete;

  /// `kind` names the lines in the summary, for example the server and the failure. Returns false when the line was
  /// only counted, or when the log does not accept lines of this level.
  bool write(LogLevel level, const std::string& kind, const std::string& line);

 private:
  void look();
  void look_later();
  void tell(LogLevel level, const std::vector<LogLimit::Summary>& summaries);

  EventLoop& loop_;
  Log& log_;

  Mutex mutex_;                                                   // innermost
  std::map<LogLevel, LogLimit> limits_ RIMFS_GUARDED_BY(mutex_);  // a summary has the level of its lines
  bool watched_ RIMFS_GUARDED_BY(mutex_) = false;                 // a call of look() is scheduled
};

}  // namespace rimfs::reactor
