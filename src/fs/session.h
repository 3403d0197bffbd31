// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/thread_safety.h"
#include "fs/end_signals.h"
#include "fs/filesystem.h"
#include "fs/libfuse_log.h"
#include "fs/options.h"
#include "image/lookup_service.h"

struct fuse_session;

namespace rimfs::fs {

/// One mount and the threads that serve it. Made, run and destroyed on one thread. The lookup service, the running
/// loop, the counters and the log outlive it. Answers that arrive too late are dropped.
class Session {
 public:
  /// Mounts, and handles every signal that would end the process: it ends run() (fs/end_signals.h). Throws
  /// Error{misuse} for an invalid mountpoint or mount option, Error{system} when the system refuses.
  Session(const Options& options, image::LookupService& lookups, reactor::EventLoop& loop, observe::Counters& counters,
          Log& log);

  /// Ends the parked requests, and unmounts.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Serves the mount until it is unmounted from outside or one of the signals arrives. Calls `on_ready` once, on this
  /// thread, after INIT has been answered. It must not access the mount, which is served only after it returns. All
  /// other threads must block all signals. Throws Error{system} when serving fails.
  void run(const std::function<void()>& on_ready);

 private:
  struct Destroy {
    void operator()(fuse_session* session) const;
  };
  bool answer_init();
  void serve();
  void raise_readahead();

  // Constant after construction.
  const Options options_;
  const std::string mountpoint_;
  Log& log_;
  LibfuseLog libfuse_log_;
  Filesystem filesystem_;
  std::unique_ptr<fuse_session, Destroy> session_;
  std::optional<EndSignals> signals_;  // covers the time from before the mount is made until it is gone
};

}  // namespace rimfs::fs
