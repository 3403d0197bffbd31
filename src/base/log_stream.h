// SPDX-License-Identifier: MIT
#pragma once

#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <mutex>

namespace rimfs {

/// Where a Log's lines go when they go to the standard error. By write(2) and not by stdio: a thread that hangs there
/// would hold stderr's lock, and exit() waits for it. What cannot be written is lost; a signal ends a write that waits
/// (LogQueue interrupts it so). Any thread.
class LogStream : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// `descriptor` stays the caller's, and open.
  explicit LogStream(int descriptor = STDERR_FILENO) : descriptor_(descriptor) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    for (std::size_t written = 0; written < line.size();) {
      const ssize_t n = ::write(descriptor_, line.data() + written, line.size() - written);
      if (n <= 0) return;
      written += static_cast<std::size_t>(n);
    }
  }
  void flush_() override {}

 private:
  const int descriptor_;
};

}  // namespace rimfs
