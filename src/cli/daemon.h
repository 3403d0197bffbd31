// SPDX-License-Identifier: MIT
#pragma once

#include "base/descriptor.h"

namespace rimfs::cli {

/// Moves the program into the background. The constructor forks, so it must run before any thread exists; it returns in
/// the child only. The parent waits until the child is ready or has ended, and exits with the child's status, so that
/// the caller can use the mount when the command returns. A signal that would end the waiting parent ends the child
/// first. One thread. Throws Error{system}.
class Daemon {
 public:
  /// In the foreground the process does not fork, and ready() only sets is_ready().
  explicit Daemon(bool foreground);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Lets the parent exit with status 0, and leaves the session, working directory and terminal. Output to stderr must
  /// be written before. Called once.
  void ready();
  /// True after ready(). A background process has no stderr from then on.
  bool is_ready() const { return ready_; }

 private:
  Descriptor pipe_;  // ready() writes to it once; the parent reads
  bool ready_ = false;
};

}  // namespace rimfs::cli
