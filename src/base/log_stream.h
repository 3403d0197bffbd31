// SPDX-License-Identifier: MIT
#pragma once

#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <mutex>

namespace rimfs {

/// The standard error target of a Log. Uses write(2), not stdio: a thread that hangs in stdio would hold stderr's lock,
/// and exit() waits for that lock. Text that cannot be written is lost. A signal interrupts a blocked write (LogQueue
/// uses that). Any thread.
class LogStream : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// The caller keeps ownership of `descriptor` and must keep it open.
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
