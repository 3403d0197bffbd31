// SPDX-License-Identifier: MIT
#include "fs/error_replies.h"

#include <cstring>

#include "fs/errno_table.h"

namespace rimfs::fs {

void ErrorReplies::reply(fuse_req_t request, std::string_view doing, const std::string& file, const Error& error) {
  const ErrnoRow row = errno_row(error.kind());
  fuse_reply_err(request, row.number);

  const char* symbol = strerrorname_np(row.number);
  const std::string text =
      fmt::format("{}: {} ended with {}: {}", file, doing, symbol != nullptr ? symbol : "?", error.message());
  switch (said_lately(file, text) ? LogLevel::debug : row.level) {
    case LogLevel::debug:
      log_.debug("{}", text);
      break;
    case LogLevel::info:
      log_.info("{}", text);
      break;
    case LogLevel::warning:
      log_.warning("{}", text);
      break;
    case LogLevel::error:
      log_.error("{}", text);
      break;
  }
}

bool ErrorReplies::said_lately(const std::string& file, const std::string& text) {
  const auto now = std::chrono::steady_clock::now();
  const MutexLock lock(mutex_);
  return said_.check_and_note(file, text, now);
}

}  // namespace rimfs::fs
