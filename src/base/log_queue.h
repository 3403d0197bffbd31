// SPDX-License-Identifier: MIT
#pragma once

#include <spdlog/sinks/sink.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "base/joining_thread.h"

namespace rimfs {

/// Queues lines between a Log and its target; a thread of its own writes them. A target that blocks (a full pipe, a
/// stopped terminal, a hanging disk) therefore does not block the threads that log. Lines beyond kMostBytes are dropped
/// and counted; the count is logged when the target accepts lines again. Owns the thread, and shares ownership of the
/// target. Construct it after every fork, because a child does not inherit the thread. Any thread.
class LogQueue : public spdlog::sinks::sink {
 public:
  /// About ten thousand lines, so that a short stall of the target loses nothing. The lines being written may take as
  /// much again.
  static constexpr std::size_t kMostBytes = 1 << 20;
  /// The time limit of flush() and of the destructor. The destructor drops the lines that the target has not accepted
  /// by then.
  static constexpr std::chrono::seconds kLongestFlush{2};

  explicit LogQueue(std::shared_ptr<spdlog::sinks::sink> target);
  /// A signal interrupts a writer that hangs in its target, so targets must write with system calls that a signal
  /// interrupts (LogStream, syslog). If the signal has no effect (a file on a disk that is gone), ends the process.
  ~LogQueue() override;
  LogQueue(const LogQueue&) = delete;
  LogQueue& operator=(const LogQueue&) = delete;

  void log(const spdlog::details::log_msg& line) override;
  /// Waits until all lines are written, for at most kLongestFlush.
  void flush() override;
  void set_pattern(const std::string& pattern) override;
  void set_formatter(std::unique_ptr<spdlog::formatter> formatter) override;

 private:
  class State;
  void interrupt_writer();

  const std::unique_ptr<State> state_;
  JoiningThread writer_;  // last: it uses the state
};

}  // namespace rimfs
