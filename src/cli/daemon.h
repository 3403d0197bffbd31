// SPDX-License-Identifier: MIT
#pragma once

#include "base/descriptor.h"

namespace rimfs::cli {

/// Puts the program into the background. The constructor forks, so it comes before any thread; only the child
/// returns from it. The parent stays until the child is ready or has ended, and exits with its status, so
/// that the caller's prompt comes back when the mount can be used. A signal that is to end the parent while it waits
/// ends the child first. One thread. Throws Error{system}.
class Daemon {
 public:
  /// In the foreground nothing is forked, and ready() only notes it.
  explicit Daemon(bool foreground);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Lets the parent exit with status 0. Leaves session, working directory and terminal: whatever is to be
  /// said on stderr has to be said before. Once.
  void ready();
  /// Whether ready() was called: from then on nobody reads stderr in the background.
  bool is_ready() const { return ready_; }

 private:
  Descriptor pipe_;  // written to once, by ready(); the parent reads
  bool ready_ = false;
};

}  // namespace rimfs::cli
