// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "base/log.h"
#include "fs/fuse.h"
#include "reactor/limited_log.h"

namespace rimfs::fs {

/// Answers requests that failed: the errno and the log level are the errno table's. A few lines a minute are logged of
/// each operation and errno, and how many more there were (LimitedLog): callers may try any number of names, and the
/// kernel repeats a readahead that failed. The others go to debug. Any thread. Owned by Filesystem.
class ErrorReplies {
 public:
  /// Both outlive it.
  ErrorReplies(reactor::EventLoop& loop, Log& log)
      : log_(log), limited_(std::make_shared<reactor::LimitedLog>(loop, log)) {}

  /// Answers `request` (and so ends it). `doing` is one word such as "read", `file` the file's name.
  void reply(fuse_req_t request, std::string_view doing, const std::string& file, const Error& error);

 private:
  Log& log_;
  const std::shared_ptr<reactor::LimitedLog> limited_;
};

}  // namespace rimfs::fs
