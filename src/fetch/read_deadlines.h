// SPDX-License-Identifier: MIT
// The deadline of reads. A read ends without its bytes when its deadline passes. The time counts from
// Fetcher::demand(), which runs when the kernel's request arrives, and includes every wait: for memory, a slot, another
// attempt, the network.
//
// Only progress extends it (http::ProgressCredit): each byte that arrives extends the wait by the time in which the
// minimum rate would have delivered it, to one deadline from now at most. The progress of the requests that bring the
// read's range counts. When no request brings it yet, the progress of its server counts: a queued read waits while the
// server works.
//
// Reads are checked every 100 ms. A read that is late fails with the reason for which it waited; FailedRanges keeps
// that error for a second. Its requests are cancelled when no other read waits for them, so that a later read starts a
// new request instead of waiting for one that hangs.
#pragma once

#include <functional>
#include <memory>

#include "fetch/coverage.h"
#include "fetch/failed_ranges.h"
#include "fetch/running_requests.h"
#include "fetch/waiting_reads.h"
#include "reactor/alarm.h"

namespace rimfs::fetch {

/// Ends reads whose deadline has passed, and the requests that serve no other read. Refers to the reads weakly. Reactor
/// only.
class ReadDeadlines {
 public:
  /// All references outlive it. `ended` is called after reads have ended.
  ReadDeadlines(reactor::EventLoop& loop, std::chrono::milliseconds length, RunningRequests& running,
                const Coverage& coverage, FailedRanges& failed, std::function<void()> ended);

  /// Watches a read that arrived at `since`, until it is answered.
  void watch(std::shared_ptr<RemoteFile> file, const std::shared_ptr<Read>& read, WaitingReads::Time since);
  /// Ends no more reads by their deadline.
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
