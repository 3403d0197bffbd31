// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/log.h"
#include "base/thread_safety.h"

namespace rimfs::fs {

/// Redirects libfuse's messages from the terminal during its life: to the log, or, while the mount is made, into a text
/// for an Error. libfuse has one log function for the whole process, so the last of several sessions gets the messages
/// of all. Any thread. Owned by Session.
class LibfuseLog {
 public:
  explicit LibfuseLog(Log& log);
  ~LibfuseLog();
  LibfuseLog(const LibfuseLog&) = delete;
  LibfuseLog& operator=(const LibfuseLog&) = delete;

  /// Logs messages from now on. Returns the collected text in one line.
  std::string stop_collecting();

  /// Called by libfuse's log function.
  void write(LogLevel level, std::string_view text);

 private:
  Log& log_;
  Mutex mutex_;
  bool collecting_ RIMFS_GUARDED_BY(mutex_) = true;
  std::string collected_ RIMFS_GUARDED_BY(mutex_);
};

}  // namespace rimfs::fs
