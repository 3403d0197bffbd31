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

/// The folder where access traces are kept, a file for each image. Several processes may use it at once: a file is
/// written whole, and the last one counts. What is damaged is passed over with a line in the log; the first failure to
/// write ends the writing with a warning. Blocks for the disk: not for the reactor. Any thread.
class TraceFolder {
 public:
  /// Makes the folder. Throws Error{misuse} when others may write to it, Error{system}.
  TraceFolder(const std::string& path, Log& log);

  /// Nothing when there is none that can be used.
  std::optional<traces::AccessTrace> load(const std::string& key) const;

  /// Keeps the trace of this mount, or passes it over (traces::choose()), which counts once: `first` says that nothing
  /// of this mount was passed over before. True when it was now.
  bool save(const std::string& key, const traces::AccessTrace& trace, bool first);

 private:
  void give_up_oldest() const;

  const Directory directory_;
  Log& log_;
  std::once_flag looked_;
  std::atomic<bool> broken_{false};
};

}  // namespace rimfs::image
