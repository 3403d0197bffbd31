// SPDX-License-Identifier: MIT
#pragma once

#include <spdlog/sinks/base_sink.h>

#include <mutex>
#include <string>

#include "base/file.h"

namespace rimfs {

/// Where a Log's lines go when they go to a file: appended, each with one write, so that several processes may share
/// it. A line that the disk refuses is lost. Any thread.
class LogFile : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// Opens or makes the file. Throws Error{misuse} when it cannot be appended to, or is no file of this user's alone.
  explicit LogFile(const std::string& path);

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

 private:
  File file_;
};

}  // namespace rimfs
