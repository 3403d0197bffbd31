// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "fetch/read.h"
#include "fetch/remote_file.h"

namespace rimfs::fetch {

/// The reads of the kernel that wait, each with the time at which it ends without its bytes. Entirely passive: time and
/// progress are given to it. One thread.
class WaitingReads {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct One {
    std::shared_ptr<RemoteFile> file;
    std::shared_ptr<Read> read;
  };
  /// Until when progress lets a read of this range wait.
  using Extended = std::function<Time(const RemoteFile&, ByteRange)>;

  void add(std::shared_ptr<RemoteFile> file, const std::shared_ptr<Read>& read, Time due);
  /// Takes out those that have waited for as long as they may.
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
