// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "cache/block_cache.h"
#include "fetch/block_memory.h"
#include "fetch/coverage.h"
#include "fetch/hedging.h"
#include "fetch/landing.h"
#include "fetch/range_queue.h"
#include "http/client.h"
#include "http/progress_credit.h"
#include "observe/counters.h"
#include "reactor/event_loop.h"
#include "reactor/task.h"

namespace rimfs::fetch {

/// What range requests use. The fetcher owns all of it.
struct RequestTools {
  reactor::EventLoop& loop;
  http::Client& client;
  cache::BlockCache& cache;
  Coverage& coverage;
  BlockMemory& memory;
  Hedging& hedging;
  observe::Counters& counters;
  bool closing = false;  ///< True at the end of the mount: no request is retried.
};

/// One range of a file, requested until all of it is in memory or it has failed: attempts, mirrors, waits between them.
/// Owns the blocks where its bytes land. While it waits for its next attempt it holds neither a slot nor memory without
/// bytes, so that other requests can proceed. Reactor only. Fails with the Error of its last attempt.
class RangeRequest {
 public:
  /// `wanted` begins at a chunk and ends at one or at the end of the file. `blocks`: one for each block that it
  /// touches, counted for the server that is requested now, which has a free slot. `credit`: the progress of that
  /// server; with it, a read that waited in the queue has time for its request. `landed` is called when chunks have
  /// become present, possibly inside a libcurl callback. `tools` outlives it.
  RangeRequest(RequestTools& tools, WantedRange wanted, std::vector<cache::BlockRef> blocks,
               const http::ProgressCredit& credit, std::function<void()> landed);
  ~RangeRequest() { release_count(); }
  RangeRequest(const RangeRequest&) = delete;
  RangeRequest& operator=(const RangeRequest&) = delete;

  /// Requests the range until everything has landed; returns an error when it will not. Called once.
  reactor::Task<std::optional<Error>> run();
  /// No read waits for it any more: it ends soon, unless a new read waits for it when its next attempt is due.
  void abandon();
  /// The request has ended: its blocks are no longer counted for a server.
  void release_count();

  const std::shared_ptr<RemoteFile>& file() const { return wanted_.file; }
  const WantedRange& wanted() const { return wanted_; }
  /// The range that has not landed.
  ByteRange rest() const { return landing_.rest(); }
  /// True when the range that has not landed overlaps `range` of `file`.
  bool brings(const RemoteFile& file, ByteRange range) const {
    return &file == wanted_.file.get() && rest().overlaps(range);
  }
  bool is_abandoned() const { return abandoned_; }
  /// True while it waits for its next attempt.
  bool is_sleeping() const { return sleeping_; }
  /// Why the last attempt failed.
  const std::optional<http::Rejection>& last_failure() const { return last_failure_; }
  /// How much of it no attempt has delivered yet; see Landing.
  ByteCount unreached() const { return landing_.unreached(); }
  http::ProgressCredit& credit() { return credit_; }
  const http::ProgressCredit& credit() const { return credit_; }
  /// Its blocks. A block is empty when it was released and nothing landed in it.
  std::vector<cache::BlockRef>& blocks() { return landing_.blocks(); }

 private:
  std::optional<Error> note_failure(const http::Rejection& failure, unsigned attempt, bool repeated);
  reactor::Task<> back_off(std::chrono::milliseconds delay, http::Slot& slot);
  void release_memory();
  bool take_memory();
  bool switch_to_mirror(std::size_t asked, const http::Rejection& failure);
  Error no_read_waits() const;

  // Constant after construction.
  RequestTools& tools_;
  const WantedRange wanted_;
  RemoteFile& file_;
  const std::function<void()> landed_;

  const http::Host* counted_for_;  // the server whose requests count as holding the blocks
  std::size_t counted_;            // the number of blocks that count
  Landing landing_;
  http::ProgressCredit credit_;
  bool abandoned_ = false;
  bool sleeping_ = false;
  std::optional<http::Rejection> last_failure_;
};

}  // namespace rimfs::fetch
