// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "fetch/pending_read.h"
#include "fetch/remote_file.h"

namespace rimfs::fetch {

/// The reads of the kernel that wait, each with the time at which it ends without its bytes. Entirely passive: time and
/// progress are given to it. One thread.
class WaitingReads {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct One {
    std::shared_ptr<RemoteFile> file;
    std::shared_ptr<PendingRead> read;
  };
  /// Until when progress lets a read of this range wait.
  using Extended = std::function<Time(const RemoteFile&, ByteRange)>;

  void add(std::uint64_t ticket, std::shared_ptr<RemoteFile> file, const std::shared_ptr<PendingRead>& read, Time due);
  /// Takes out a read that is to be cancelled; null when it is answered.
  std::shared_ptr<PendingRead> take(std::uint64_t ticket);
  /// Takes out those that have waited for as long as they may.
  std::vector<One> take_due(Time now, const Extended& extended);
  bool empty() const { return reads_.empty(); }

 private:
  struct Entry {
    std::shared_ptr<RemoteFile> file;
    std::weak_ptr<PendingRead> read;
    Time due;
  };
  std::unordered_map<std::uint64_t, Entry> reads_;  // by ticket
};

}  // namespace rimfs::fetch
