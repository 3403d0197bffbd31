// SPDX-License-Identifier: MIT
#pragma once

#include <spdlog/sinks/sink.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "base/joining_thread.h"

namespace rimfs {

/// Stands between a Log and its target: lines wait here for a thread that writes them. So a target that takes nothing
/// (a pipe that is full, a terminal that is stopped, a disk that hangs) holds up nobody who logs. Lines beyond
/// kMostBytes are dropped, counted, and told when the target takes lines again. Any thread.
///
/// spdlog's own asynchronous logger is not used, because its thread pool waits for the target without limit when it
/// ends.
///
/// Owns the thread, and the target with it. Made after every fork: a child has no copy of the thread. At the end a
/// writer that hangs in its target is interrupted by a signal, so targets write with system calls that a signal ends
/// (LogStream, syslog). One that no signal reaches either, in a file on a disk that is gone, ends the process.
class LogQueue : public spdlog::sinks::sink {
 public:
  /// Some ten thousand lines: what a target may miss in a burst is not lost. As many again are being written.
  static constexpr std::size_t kMostBytes = 1 << 20;
  /// How long flush() and the end wait for the target. What it has not taken by then is lost at the end.
  static constexpr std::chrono::seconds kLongestFlush{2};

  explicit LogQueue(std::shared_ptr<spdlog::sinks::sink> target);
  ~LogQueue() override;
  LogQueue(const LogQueue&) = delete;
  LogQueue& operator=(const LogQueue&) = delete;

  void log(const spdlog::details::log_msg& line) override;
  /// Waits until all is written, for a limited time.
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
