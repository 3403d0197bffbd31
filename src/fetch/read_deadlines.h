// SPDX-License-Identifier: MIT
// How long a read waits: until its deadline, counted from the kernel's request, whatever it waits for: a slot, memory,
// another attempt, the network. Only progress at the minimum rate extends it.
#pragma once

#include <functional>
#include <memory>

#include "fetch/coverage.h"
#include "fetch/failed_ranges.h"
#include "fetch/running_requests.h"
#include "fetch/waiting_reads.h"
#include "http/options.h"
#include "reactor/alarm.h"

namespace rimfs::fetch {

/// Ends the reads that have waited too long, and the requests that served nobody else: a later read starts a new
/// request instead of waiting for one that hangs. Reactor only.
class ReadDeadlines {
 public:
  /// All outlive it. `ended` is called after reads have ended.
  ReadDeadlines(reactor::EventLoop& loop, std::chrono::milliseconds length, RunningRequests& running,
                const Coverage& coverage, FailedRanges& failed, std::function<void()> ended);

  /// How long a read may wait without progress. Without retries (`--retry-deadline 0`) it still has the time that one
  /// attempt may take.
  static std::chrono::milliseconds length(const http::Options& options);

  /// Watches a read that the kernel sent at `since`, until it is answered.
  void watch(std::shared_ptr<RemoteFile> file, const std::shared_ptr<Read>& read, WaitingReads::Time since);
  /// No read ends by its deadline any more.
  void stop();

 private:
  void look();
  void time_out(RemoteFile& file, Read& read);
  Error error_of(const RemoteFile& file, ByteRange range) const;

  reactor::EventLoop& loop_;
  const std::chrono::milliseconds length_;
  RunningRequests& running_;
  const Coverage& coverage_;
  FailedRanges& failed_;
  const std::function<void()> ended_;

  WaitingReads waiting_;
  reactor::Alarm alarm_;
  bool stopped_ = false;
};

}  // namespace rimfs::fetch
