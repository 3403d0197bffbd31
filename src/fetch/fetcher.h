// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>

#include "base/log.h"
#include "cache/block_cache.h"
#include "cache/tier.h"
#include "fetch/background_fill.h"
#include "fetch/block_memory.h"
#include "fetch/coverage.h"
#include "fetch/failed_ranges.h"
#include "fetch/hedging.h"
#include "fetch/range_request.h"
#include "fetch/read_deadlines.h"
#include "fetch/running_requests.h"
#include "fetch/schedule.h"
#include "fetch/tier_writes.h"
#include "http/client.h"
#include "observe/counters.h"
#include "reactor/alarm.h"
#include "reactor/event_loop.h"
#include "reactor/task_scope.h"
#include "readahead/network_path.h"

namespace rimfs::fetch {

/// The tier below memory, and how it is used.
struct TierUse {
  cache::Tier& tier;
  /// True when filling the tier is the purpose, not reading: requests then wait for the tier instead of leaving out
  /// blocks that it is too slow for.
  bool keep_all = false;
};

/// Fetches the bytes that are not in memory: single flight, joined ranges, demand before speculation, retries. Owns the
/// queues, the requests in flight and the reads that wait. Reads are handed over from any thread; everything else runs
/// on the reactor. A read fails with an Error of the last attempt or of its deadline.
class Fetcher {
 public:
  /// All references outlive the fetcher. `budget`: the most bytes that may be requested ahead of all readers together.
  /// `tier`: empty when there is none.
  Fetcher(reactor::EventLoop& loop, http::Client& client, cache::BlockCache& cache, std::optional<TierUse> tier,
          ByteCount budget, observe::Counters& counters, Log& log);
  ~Fetcher();

  /// What readahead advises for a read that has to wait. A plain value.
  struct ReadHint {
    ByteCount fetch_size;        ///< How much to fetch from a missing byte on, to the end of its block at most.
    bool random_access = false;  ///< The read belongs to no stream.
  };

  /// Any thread. Answers the read on the reactor once its bytes are in memory. The read fails when it has waited for
  /// Options::retry_deadline since this call, whatever it waited for: a slot, memory, a retry or the network. Only
  /// progress at Options::minimum_rate extends that. For a second after it, a read of the same range fails at once.
  void demand(std::shared_ptr<RemoteFile> file, std::shared_ptr<Read> read, ReadHint hint);

  /// Any thread. Fetches `range` when there is no more urgent work, in requests of the sizes that `split` sets.
  void prefetch(std::shared_ptr<RemoteFile> file, ByteRange range, readahead::Split split);

  /// Any thread. Fetches all of `file`, which has a store, into the disk cache while there is no other work. Continues
  /// after the blocks that are stored already. Ends when the cache is full.
  void fill(std::shared_ptr<RemoteFile> file);

  /// Reactor only. Answers the reads like demand(), but after all demand and before other speculation, in their order.
  /// Keeps a connection to the file's server free for demand. Fails the reads for which the budget has no room.
  void read_soon(const std::shared_ptr<RemoteFile>& file, const std::vector<std::shared_ptr<Read>>& reads);

  /// Any thread. The file is opened again: ranges that failed just now are requested again.
  void forget_failures(const RemoteFile& file);

  /// Any thread. Fails the read with ErrorKind::cancelled unless it has been answered. Also before demand().
  void cancel(std::shared_ptr<Read> read);

  /// Any thread. What readahead needs of the network path to the file's server.
  readahead::NetworkPath network_path(const RemoteFile& file) const;

  /// Opens the store of a file's present identity, and attaches it.
  using OpenStore = std::function<reactor::Task<>(std::shared_ptr<RemoteFile>)>;
  /// Sets the function that is called on the reactor when replies have named more validators of a version than its
  /// store is kept under. Set before the first read; called until close() has ended.
  void open_stores_with(OpenStore open) { open_store_ = std::move(open); }

  /// Reactor only. Fails every read, stops every request and waits for their end. The client must have cancelled its
  /// requests, or they must end by themselves.
  reactor::Task<> close();

 private:
  // Reads, from their arrival to the ranges that are queued for them.
  void admit(const std::shared_ptr<RemoteFile>& file, const std::shared_ptr<Read>& read, ReadHint hint,
             WaitingReads::Time since);
  bool refuse(const RemoteFile& file, Read& read) const;
  void begin_reads();
  void begin_reads_soon();
  void want_blocks(const std::shared_ptr<RemoteFile>& file, const std::shared_ptr<Read>& read, ReadHint hint,
                   Urgency urgency);
  void want_block(const std::shared_ptr<RemoteFile>& file, const std::shared_ptr<Read>& read, BlockIndex block,
                  ReadHint hint, Urgency urgency);

  // Range requests: which one starts next, and what follows its end.
  void pump();
  bool start_next();
  bool start_hedge(bool demanded, const Schedule::State& now);
  bool start_wanted(WantedRange wanted);
  bool start_background(const Schedule::State& now);
  Offset start_request(WantedRange missing);
  std::vector<cache::BlockRef> allocate(const RemoteFile& file, ByteRange range);
  reactor::Task<> run(WantedRange wanted, std::vector<cache::BlockRef> blocks);
  void want_abandoned(const std::shared_ptr<RemoteFile>& file, ByteRange rest);
  void fail_rest(RemoteFile& file, ByteRange rest, const Error& error);
  void hold_until_read(std::vector<cache::BlockRef>& blocks);
  void retry_when_memory_is_free();

  // The tier below memory.
  void load_stored_ahead(const std::shared_ptr<RemoteFile>& file, ByteRange range);
  void load_stored(const std::shared_ptr<RemoteFile>& file, BlockIndex block, ChunkMask wanted);
  reactor::Task<> load(std::shared_ptr<RemoteFile> file, BlockIndex block, ChunkMask chunks, cache::BlockRef held);
  reactor::Task<> renew_store(std::shared_ptr<RemoteFile> file);

  /// A read whose blocks do not fit into memory beside those of the waiting reads.
  struct WaitsForMemory {
    std::shared_ptr<RemoteFile> file;
    std::shared_ptr<Read> read;
    ReadHint hint;
  };

  // Constant after construction.
  reactor::EventLoop& loop_;
  http::Client& client_;
  cache::BlockCache& cache_;
  const std::optional<TierUse> tier_;
  const ByteCount budget_;
  observe::Counters& counters_;
  OpenStore open_store_;

  // Reactor only. In the order of dependency: each uses those before it.
  ReadGate gate_;  // declared before all members that hold reads
  std::deque<WaitsForMemory> at_gate_;
  bool beginning_soon_ = false;
  Coverage coverage_;
  FailedRanges failed_;
  RunningRequests running_;
  ReadDeadlines deadlines_;
  BlockMemory memory_;
  Schedule schedule_;
  TierWrites tier_writes_;
  BackgroundFill fill_;
  Hedging hedging_;
  RequestTools tools_;
  std::deque<cache::BlockRef> unread_;  // fetched ahead, and held so that a full cache does not evict them unread
  reactor::Alarm memory_alarm_;
  reactor::Alarm fill_alarm_;
  bool closed_ = false;
  reactor::TaskScope requests_;
  reactor::TaskScope loads_;
};

}  // namespace rimfs::fetch
