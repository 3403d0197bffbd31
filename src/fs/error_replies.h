// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/error.h"
#include "base/log.h"
#include "base/thread_safety.h"
#include "fs/fuse.h"
#include "fs/said_lately.h"

namespace rimfs::fs {

/// Answers requests that failed: the errno and the log level are the errno table's. The same sentence about
/// the same file is logged once in a while (SaidLately), so that a failing readahead is one line and not a hundred;
/// repetitions go to debug. Any thread. Owned by Filesystem.
class ErrorReplies {
 public:
  explicit ErrorReplies(Log& log) : log_(log) {}

  /// Answers `request` (and so ends it). `doing` is one word such as "read", `file` the file's name.
  void reply(fuse_req_t request, std::string_view doing, const std::string& file, const Error& error);

 private:
  bool said_lately(const std::string& file, const std::string& text);

  Log& log_;

  Mutex mutex_;
  SaidLately said_ RIMFS_GUARDED_BY(mutex_);
};

}  // namespace rimfs::fs
