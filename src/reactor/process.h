// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "reactor/event_loop.h"
#include "reactor/signal.h"
#include "reactor/task.h"

namespace rimfs::reactor {

/// A shell command that runs beside the loop, for what it prints. Bounded in time and in what it prints; ended with all
/// its descendants (script_supervisor.h). Owns the process and its pipes. The loop's thread only; the loop outlives it.
/// Destroyed when it has ended.
class Process {
 public:
  /// What may be printed: a set of cookies or headers, and complaints of which the last lines count.
  static constexpr std::size_t kLongestOutput = 64 << 10;
  static constexpr std::size_t kLongestErrors = 1 << 20;
  static constexpr std::size_t kKeptErrors = 4 << 10;

  enum class Reason {
    itself,     ///< Or somebody else ended it.
    too_long,   ///< It took longer than the limit.
    too_much,   ///< It printed more than kLongestOutput, or complained more than kLongestErrors.
    cancelled,  ///< kill() was called.
  };
  /// How it ended.
  struct End {
    Reason reason = Reason::itself;
    int status = 0;      ///< As the shell counts: the exit status, or 128 and the signal's number.
    std::string output;  ///< All of it, unless it was too much.
    std::string errors;  ///< The last kKeptErrors bytes.
  };

  /// Starts `sh -c command` in `folder` (empty: the working directory) in a session of its own, with `variables`
  /// ("NAME=VALUE") in its environment in place of ours of the same name, nothing on standard input, no other
  /// descriptor, and signals as usual. Throws Error{system}.
  Process(EventLoop& loop, const std::string& command, const std::vector<std::string>& variables,
          const std::string& folder = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Waits for its end; it is killed after `limit`.
  Task<End> ended(std::chrono::seconds limit);
  /// Kills it and all its descendants, soon.
  void kill();

 private:
  void on_output();
  void on_errors();
  void on_exit();
  void stop(Reason reason);
  void close_outputs();

  EventLoop& loop_;
  Signal exited_signal_;
  pid_t pid_ = -1;
  Descriptor pid_descriptor_;
  Descriptor output_;  // the reading ends, until they are closed
  Descriptor errors_;
  std::size_t error_bytes_ = 0;
  bool exited_ = false;
  std::optional<EventLoop::TimerId> last_resort_;  // kills the supervisor
  End end_;
};

}  // namespace rimfs::reactor
