// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "reactor/event_loop.h"
#include "reactor/signal.h"
#include "reactor/task.h"

namespace rimfs::reactor {

/// A shell command that runs beside the loop, for what it prints. Owns the process and its pipes. The loop's thread
/// only; the loop outlives it. Destroyed when it has ended.
class Process {
 public:
  /// How it ended.
  struct End {
    int status = 0;      ///< As the shell counts: the exit status, or 128 and the signal's number.
    std::string output;  ///< Up to 64 KiB of each.
    std::string errors;
  };

  /// Starts `sh -c command` in a group of its own, with `variables` ("NAME=VALUE") in its environment besides ours,
  /// nothing on standard input, and signals as usual. Throws Error{system}.
  Process(EventLoop& loop, const std::string& command, const std::vector<std::string>& variables);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// Waits for its end; it is killed after `limit`.
  Task<End> ended(std::chrono::seconds limit);
  /// Kills the whole group.
  void kill();

 private:
  void on_output(int fd, std::string& text);
  void on_exit();

  EventLoop& loop_;
  Signal exited_signal_;
  pid_t pid_ = -1;
  int pid_descriptor_ = -1;
  int output_ = -1;
  int errors_ = -1;
  bool exited_ = false;
  End end_;
};

}  // namespace rimfs::reactor
