// SPDX-License-Identifier: MIT
#include "fs/libfuse_log.h"

#include <cstdarg>
#include <cstdio>
#include <utility>

#include "base/ascii.h"
#include "fs/fuse.h"

namespace rimfs::fs {
namespace {

// Global, because libfuse's log function has no user argument. The mutex keeps the receiver alive during a message.
Mutex receiver_mutex;
LibfuseLog* receiver RIMFS_GUARDED_BY(receiver_mutex) = nullptr;

LogLevel level_of(fuse_log_level level) {
  if (level <= FUSE_LOG_ERR) return LogLevel::error;
  if (level == FUSE_LOG_WARNING) return LogLevel::warning;
  return level == FUSE_LOG_DEBUG ? LogLevel::debug : LogLevel::info;
}

void receive(fuse_log_level level, const char* format, va_list arguments) {
  char text[512];
  if (std::vsnprintf(text, sizeof text, format, arguments) < 0) return;
  MutexLock lock(receiver_mutex);
  if (receiver != nullptr) receiver->write(level_of(level), text);
}

// libfuse ends lines with a newline and writes some of them in several calls.
std::string in_one_line(std::string_view text) {
  std::string line;
  for (const char c : trimmed_end(text, "\n")) {
    if (c == '\n') {
      line += "; ";
    } else {
      line += c;
    }
  }
  return line;
}

}  // namespace

LibfuseLog::LibfuseLog(Log& log) : log_(log) {
  MutexLock lock(receiver_mutex);
  receiver = this;
  fuse_set_log_func(receive);
}

LibfuseLog::~LibfuseLog() {
  MutexLock lock(receiver_mutex);
  if (receiver == this) receiver = nullptr;
}

std::string LibfuseLog::stop_collecting() {
  MutexLock lock(mutex_);
  collecting_ = false;
  return in_one_line(std::exchange(collected_, {}));
}

void LibfuseLog::write(LogLevel level, std::string_view text) {
  {
    MutexLock lock(mutex_);
    if (collecting_ && level != LogLevel::debug) {
      collected_ += text;
      return;
    }
  }
  const std::string line = in_one_line(text);
  if (line.empty()) return;
  switch (level) {
    case LogLevel::error:
      log_.error("libfuse: {}", line);
      break;
    case LogLevel::warning:
      log_.warning("libfuse: {}", line);
      break;
    case LogLevel::info:
      log_.info("libfuse: {}", line);
      break;
    case LogLevel::debug:
      log_.debug("libfuse: {}", line);
      break;
  }
}

}  // namespace rimfs::fs
