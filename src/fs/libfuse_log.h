// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/log.h"
#include "base/thread_safety.h"

namespace rimfs::fs {

/// Keeps libfuse off the terminal while it exists: its messages go to our log, or are collected for an Error
/// while the mount is made. libfuse has one log function for the whole process, so of several sessions the
/// last one gets the messages of all. Any thread. Owned by Session.
class LibfuseLog {
 public:
  explicit LibfuseLog(Log& log);
  ~LibfuseLog();
  LibfuseLog(const LibfuseLog&) = delete;
  LibfuseLog& operator=(const LibfuseLog&) = delete;

  /// From now on messages are logged. Returns what was collected, in one line.
  std::string stop_collecting();

  /// For the function that libfuse calls.
  void write(LogLevel level, std::string_view text);

 private:
  Log& log_;
  Mutex mutex_;
  bool collecting_ RIMFS_GUARDED_BY(mutex_) = true;
  std::string collected_ RIMFS_GUARDED_BY(mutex_);
};

}  // namespace rimfs::fs
