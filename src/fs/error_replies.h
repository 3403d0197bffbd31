// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "base/log.h"
#include "fs/fuse.h"
#include "reactor/limited_log.h"

namespace rimfs::fs {

/// Answers failed requests with the errno and log level of the errno table. For each operation and errno it logs a few
/// lines a minute and the number of those left out (LimitedLog), because callers may try any number of names, and the
/// kernel repeats a failed readahead. The others are logged at debug level. Any thread. Owned by Filesystem.
class ErrorReplies {
 public:
  /// Both outlive it.
  ErrorReplies(reactor::EventLoop& loop, Log& log)
      : log_(log), limited_(std::make_shared<reactor::LimitedLog>(loop, log)) {}

  /// Answers `request`, which frees it. `doing`: one word such as "read". `file`: the file's name.
  void reply(fuse_req_t request, std::string_view doing, const std::string& file, const Error& error);

 private:
  Log& log_;
  const std::shared_ptr<reactor::LimitedLog> limited_;
};

}  // namespace rimfs::fs
