// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "fetch/read.h"
#include "fetch/remote_file.h"

namespace rimfs::fetch {

/// The demanded reads that wait, each with its deadline. Refers to them weakly. Entirely passive: the caller supplies
/// time and progress. One thread.
class WaitingReads {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct One {
    std::shared_ptr<RemoteFile> file;
    std::shared_ptr<Read> read;
  };
  /// Until when progress extends the wait of a read of this range.
  using Extended = std::function<Time(const RemoteFile&, ByteRange)>;

  void add(std::shared_ptr<RemoteFile> file, const std::shared_ptr<Read>& read, Time due);
  /// Removes and returns the reads that have waited as long as they may.
  std::vector<One> take_due(Time now, const Extended& extended);
  bool empty() const { return reads_.empty(); }

 private:
  struct Entry {
    std::shared_ptr<RemoteFile> file;
    std::weak_ptr<Read> read;
    Time due;
  };
  std::vector<Entry> reads_;
};

}  // namespace rimfs::fetch
