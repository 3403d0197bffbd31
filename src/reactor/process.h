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

/// Runs a shell command beside the loop and collects its output. Time and output are bounded. The command ends together
/// with all its descendants (script_supervisor.h). Owns the process and its pipes. Loop's thread only; the loop
/// outlives it. It may be destroyed only after the process has ended.
class Process {
 public:
  /// Limits of the output: a set of cookies or headers on standard output, and error text of which only the last lines
  /// matter.
  static constexpr std::size_t kLongestOutput = 64 << 10;
  static constexpr std::size_t kLongestErrors = 1 << 20;
  static constexpr std::size_t kKeptErrors = 4 << 10;

  enum class Reason {
    itself,     ///< The process ended, or another party ended it.
    too_long,   ///< The process exceeded its time limit.
    too_much,   ///< The process exceeded kLongestOutput on standard output or kLongestErrors on standard error.
    cancelled,  ///< kill() was called.
  };
  /// The result of a process.
  struct End {
    Reason reason = Reason::itself;
    int status = 0;      ///< The status in the shell's convention: the exit status, or 128 plus the signal's number.
    std::string output;  ///< The complete standard output; empty if it exceeded the limit.
    std::string errors;  ///< The last kKeptErrors bytes of standard error.
  };

  /// Starts `sh -c command` in `folder` (empty: the working directory) in a session of its own. `variables`
  /// ("NAME=VALUE") replace variables of the same name in the inherited environment. Standard input is /dev/null, no
  /// other descriptor is inherited, and signals have their defaults. Throws Error{system}.
  Process(EventLoop& loop, const std::string& command, const std::vector<std::string>& variables,
          const std::string& folder = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Waits for the end of the process; kills it after `limit`.
  Task<End> ended(std::chrono::seconds limit);
  /// Requests that the process and all its descendants are killed; returns at once.
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
