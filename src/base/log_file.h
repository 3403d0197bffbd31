// SPDX-License-Identifier: MIT
#pragma once

#include <spdlog/sinks/base_sink.h>

#include <mutex>
#include <string>

#include "base/file.h"

namespace rimfs {

/// The file target of a Log. Appends each line with one write, so that several processes can share the file. A line is
/// lost when the disk refuses it. Any thread.
class LogFile : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// Opens or makes the file. Throws Error{misuse} when it cannot be appended to, or when it is not a file that only
  /// this user may write to.
  explicit LogFile(const std::string& path);

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

 private:
  File file_;
};

}  // namespace rimfs
