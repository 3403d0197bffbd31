// SPDX-License-Identifier: MIT
#include "base/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/syslog_sink.h>
#include <syslog.h>

#include <algorithm>

#include "base/error.h"
#include "base/log_file.h"
#include "base/log_queue.h"
#include "base/log_stream.h"
#include "base/printable.h"

namespace rimfs {
namespace {

constexpr const char* kProgram = "rimfs";
constexpr const char* kLinePattern = "%Y-%m-%d %H:%M:%S.%e %l: %v";

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

spdlog::sink_ptr make_sink(LogTarget target, const std::string& file) {
  switch (target) {
    case LogTarget::standard_error:
      return std::make_shared<LogStream>();
    case LogTarget::syslog:
      return std::make_shared<spdlog::sinks::syslog_sink_mt>(kProgram, LOG_PID, LOG_DAEMON, true);
    case LogTarget::file:
      break;
  }
  return std::make_shared<LogFile>(file);
}

}  // namespace

Log::Log() = default;
Log::~Log() = default;
Log::Log(Log&&) noexcept = default;
Log& Log::operator=(Log&&) noexcept = default;

Log::Log(LogTarget target, LogLevel threshold, const std::string& file)
    : logger_(std::make_shared<spdlog::logger>(kProgram)) {
  const auto sink = std::make_shared<LogQueue>(make_sink(target, file));
  sink->set_pattern(target == LogTarget::syslog ? "%v" : kLinePattern);
  sink->set_level(spdlog_level(threshold));
  logger_->sinks() = {sink};
  logger_->set_level(spdlog_level(threshold));
}

Log Log::silent() { return Log(); }

void Log::copy_to_terminal(LogLevel least) {
  terminal_ = make_sink(LogTarget::standard_error, {});
  terminal_->set_pattern(kLinePattern);
  terminal_->set_level(spdlog_level(least));
  logger_->sinks().push_back(terminal_);
  logger_->set_level(std::min(logger_->level(), spdlog_level(least)));
}

void Log::flush() {
  if (logger_) logger_->flush();
}

void Log::leave_terminal() {
  flush();  // a process that waits for the mount finds the earlier lines in the log
  if (!terminal_) return;
  terminal_->set_level(spdlog::level::off);  // the list of sinks is read without a lock, so it must not change
  logger_->set_level(logger_->sinks().front()->level());
}

bool Log::enabled(LogLevel level) const { return logger_ && logger_->should_log(spdlog_level(level)); }

void Log::write(LogLevel level, std::string_view line) {
  if (enabled(level)) logger_->log(spdlog_level(level), printable(line));
}

}  // namespace rimfs
