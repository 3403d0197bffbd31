// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

#include "base/directory.h"
#include "base/log.h"
#include "traces/access_trace.h"

namespace rimfs::image {

/// The folder of access traces, with one file for each image. Several processes may use it at once: a file is written
/// whole, and the last one counts. A damaged file is ignored with a line in the log. The first failure to write ends
/// the writing with a warning. Blocks on the disk: not for the reactor. Any thread.
class TraceFolder {
 public:
  /// Makes the folder. Throws Error{misuse} when others may write to it, or Error{system}.
  TraceFolder(const std::string& path, Log& log);

  /// The stored trace. Empty when there is no usable one.
  std::optional<traces::AccessTrace> load(const std::string& key) const;

  /// Keeps the trace of this mount, or ignores it in favour of the older one (traces::choose()), which counts once a
  /// mount. `first`: no trace of this mount was ignored before. True when this one was ignored.
  bool save(const std::string& key, const traces::AccessTrace& trace, bool first);

 private:
  void give_up_oldest() const;

  const Directory directory_;
  Log& log_;
  std::once_flag looked_;
  std::atomic<bool> broken_{false};
};

}  // namespace rimfs::image
