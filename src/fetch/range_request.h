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

/// What range requests use. The fetcher owns it all.
struct RequestTools {
  reactor::EventLoop& loop;
  http::Client& client;
  cache::BlockCache& cache;
  Coverage& coverage;
  BlockMemory& memory;
  Hedging& hedging;
  observe::Counters& counters;
  bool closing = false;  ///< Nothing is repeated any more.
};

/// One range of a file, requested until all of it is in memory or it must be given up: attempts, mirrors, waits between
/// them, and the blocks where its bytes land. While it waits to be repeated it holds neither a slot nor memory without
/// bytes, so that others can go on. Reactor only.
class RangeRequest {
 public:
  /// `wanted` begins with a chunk and ends with one or at the end of the file; `blocks` are those it touches, counted
  /// for the server that is asked now. There is a free slot there. `credit`: the progress that its server has made; a
  /// read that waited for its turn has time for its request. `landed` is called when chunks have come, possibly from
  /// inside libcurl. `tools` outlives it.
  RangeRequest(RequestTools& tools, WantedRange wanted, std::vector<cache::BlockRef> blocks,
               const http::ProgressCredit& credit, std::function<void()> landed);
  ~RangeRequest() { release_count(); }
  RangeRequest(const RangeRequest&) = delete;
  RangeRequest& operator=(const RangeRequest&) = delete;

  /// Requests until everything has landed; an error when it will not. Once.
  reactor::Task<std::optional<Error>> run();
  /// Nobody waits for it any more: it ends soon, unless somebody has come when it would be repeated.
  void abandon();
  /// Its blocks are no longer counted for a server: it has ended.
  void release_count();

  const std::shared_ptr<RemoteFile>& file() const { return wanted_.file; }
  const WantedRange& wanted() const { return wanted_; }
  /// What is still to come.
  ByteRange rest() const { return landing_.rest(); }
  /// True when what is still to come overlaps `range` of `file`.
  bool brings(const RemoteFile& file, ByteRange range) const {
    return &file == wanted_.file.get() && rest().overlaps(range);
  }
  bool is_abandoned() const { return abandoned_; }
  /// It waits to be repeated.
  bool is_sleeping() const { return sleeping_; }
  /// Why the last attempt failed.
  const std::optional<http::Rejection>& last_failure() const { return last_failure_; }
  /// How much of it no attempt has brought yet; see Landing.
  ByteCount unreached() const { return landing_.unreached(); }
  http::ProgressCredit& credit() { return credit_; }
  const http::ProgressCredit& credit() const { return credit_; }
  /// Its blocks; empty where nothing landed.
  std::vector<cache::BlockRef>& blocks() { return landing_.blocks(); }

 private:
  std::optional<Error> note_failure(const http::Rejection& failure, unsigned attempt, bool repeated);
  reactor::Task<> back_off(std::chrono::milliseconds delay, http::Slot& slot);
  void release_memory();
  bool take_memory();
  bool turn_to_mirror(std::size_t asked, const http::Rejection& failure);
  Error nobody_waits() const;

  // Constant after construction.
  RequestTools& tools_;
  const WantedRange wanted_;
  RemoteFile& file_;
  const std::function<void()> landed_;

  const http::Host* counted_for_;  // the server whose requests count as holding the blocks
  std::size_t counted_;            // that it holds
  Landing landing_;
  http::ProgressCredit credit_;
  bool abandoned_ = false;
  bool sleeping_ = false;
  std::optional<http::Rejection> last_failure_;
};

}  // namespace rimfs::fetch
