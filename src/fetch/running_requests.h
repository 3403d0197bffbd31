// SPDX-License-Identifier: MIT
#pragma once

#include <list>
#include <unordered_map>
#include <vector>

#include "fetch/range_request.h"
#include "fetch/schedule.h"
#include "http/progress_credit.h"

namespace rimfs::fetch {

/// The range requests that have begun and not ended, including those that wait for their next attempt, and the progress
/// of each server, which outlives its requests. Entirely passive: its owner calls note_progress() at intervals. Reactor
/// only.
class RunningRequests {
  struct Listed;

 public:
  using Time = http::ProgressCredit::Time;

  /// `deadline` and `rate` (bytes a second): see http::ProgressCredit.
  RunningRequests(http::ProgressCredit::Clock::duration deadline, ByteCount rate) : fresh_(deadline, rate) {}

  /// Lists a request during the life of this object. The request and the list outlive it.
  class Entry {
   public:
    Entry(RunningRequests& all, RangeRequest& request);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    RunningRequests& all_;
    const std::list<Listed>::iterator listed_;
  };

  bool empty() const { return listed_.empty(); }
  /// What the schedule needs of each request.
  std::vector<Schedule::InProgress> in_progress() const;
  /// The requests whose missing bytes overlap `range` of `file`.
  std::vector<RangeRequest*> requests_for(const RemoteFile& file, ByteRange range) const;

  /// Credits each request and each server with the bytes that arrived since the last call.
  void note_progress(Time now);
  /// The progress of a server so far.
  const http::ProgressCredit& progress_of(const http::Host& host) { return server(host).progress; }
  /// Until when progress extends the wait of a read of `range`: the progress of the requests that bring it, or, when
  /// there are none, that of the server. In the past when there was no progress.
  Time extended_until(const RemoteFile& file, ByteRange range) const;

 private:
  struct Listed {
    RangeRequest* request;
    ByteCount to_come;  // the value when its progress was noted last
    ByteCount aside;    // RemoteFile::brought_aside() at that time
  };
  struct Server {
    http::ProgressCredit progress;
    ByteCount arrived;  // since the last note_progress()
  };
  Server& server(const http::Host& host) { return servers_.try_emplace(&host, Server{fresh_, {}}).first->second; }
  ByteCount count_arrived(Listed& one);
  static ByteCount count_aside(Listed& one);

  const http::ProgressCredit fresh_;  // the initial credit of a server
  std::list<Listed> listed_;
  std::unordered_map<const http::Host*, Server> servers_;  // grows with the number of hosts only
};

}  // namespace rimfs::fetch
