// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <unordered_map>

#include "base/log.h"
#include "cache/block_cache.h"
#include "cache/tier.h"
#include "fetch/block_memory.h"
#include "fetch/coverage.h"
#include "fetch/failed_ranges.h"
#include "fetch/fetch_counters.h"
#include "fetch/hedging.h"
#include "fetch/range_request.h"
#include "fetch/schedule.h"
#include "fetch/waiting_reads.h"
#include "http/client.h"
#include "http/progress_credit.h"
#include "reactor/event_loop.h"
#include "reactor/task_scope.h"
#include "readahead/link.h"

namespace rimfs::fetch {

/// The tier below memory, and how it is used.
struct TierUse {
  cache::Tier& tier;
  /// Rather wait for the tier than leave out what it is too slow for: when filling it is the purpose, not reading.
  bool keep_all = false;
};

/// Brings the bytes that are not in memory: single flight, joined ranges, demand before speculation, retries. Reads
/// are handed over from any thread; everything else happens on the reactor.
class Fetcher {
 public:
  /// All outlive the fetcher. `budget` is what may be asked for ahead of all readers together.
  /// `tier`: nothing when there is none.
  Fetcher(reactor::EventLoop& loop, http::Client& client, cache::BlockCache& cache, std::optional<TierUse> tier,
          ByteCount budget, Log& log);
  ~Fetcher();

  /// What readahead makes of a read that has to wait. A plain value.
  struct Foresight {
    ByteCount around;    ///< How much to fetch from a missing byte on, to the end of its block at most.
    bool stray = false;  ///< The read belongs to no stream.
  };

  /// Any thread. The read is answered on the reactor once its bytes are there, and fails when it has waited for
  /// Options::retry_deadline from this call on: for a slot, memory, repetitions or the network. Only progress at
  /// Options::minimum_rate extends that. For a second the same range then fails at once.
  void demand(std::shared_ptr<RemoteFile> file, std::shared_ptr<Read> read, Foresight foresight);

  /// Any thread. Fetches `range` when nothing more urgent is to be done, split as it says.
  void prefetch(std::shared_ptr<RemoteFile> file, ByteRange range, readahead::Split split);

  /// Any thread. Brings all of `file`, which has a store, into the disk cache while there is nothing else to do, from
  /// where it stopped. Ends when the cache is full.
  void fill(std::shared_ptr<RemoteFile> file);

  /// Reactor only. Answers the reads like demand(), but after all demand and before other speculation, in their order;
  /// leaves a connection to each server free for demand. Fails those for which the budget has no room.
  void read_soon(const std::shared_ptr<RemoteFile>& file, const std::vector<std::shared_ptr<Read>>& reads);

  /// Any thread. The file is opened again: what failed just now is asked for afresh.
  void forget_failures(const RemoteFile& file);

  /// Any thread. The read fails with ErrorKind::cancelled unless it is answered already; before demand(), too.
  void cancel(std::shared_ptr<Read> read);

  /// Any thread. What readahead needs to know of the way to the file's server.
  readahead::Link link(const RemoteFile& file) const;

  const FetchCounters& counters() const { return counters_; }

  /// Opens the store that a file's identity names now, and attaches it.
  using OpenStore = std::function<reactor::Task<>(std::shared_ptr<RemoteFile>)>;
  /// What is called on the reactor when replies have named more of a version than its store is kept under. Until the
  /// fetcher is closed; set before the first read.
  void open_stores_with(OpenStore open) { open_store_ = std::move(open); }

  /// Reactor only. Fails every read, stops every request and waits for their end. The client must have cancelled
  /// its requests, or they must come to an end by themselves.
  reactor::Task<> close();

 private:
  void admit(const std::shared_ptr<RemoteFile>& file, const std::shared_ptr<Read>& read, Foresight foresight,
             WaitingReads::Time asked);
  reactor::EventLoop::Clock::duration read_deadline() const;
  void watch_deadlines();
  void end_late_reads();
  WaitingReads::Time extended_until(const RemoteFile& file, ByteRange range) const;
  void time_out(RemoteFile& file, Read& read);
  void turn_back(const std::shared_ptr<RemoteFile>& file, ByteRange rest);
  bool refuse(const RemoteFile& file, Read& read) const;
  void let_in();
  void let_in_soon();
  void admit_blocks(const std::shared_ptr<RemoteFile>& file, const std::shared_ptr<Read>& read, Foresight foresight,
                    Urgency urgency);
  void request_block(const std::shared_ptr<RemoteFile>& file, const std::shared_ptr<Read>& read, BlockIndex block,
                     Foresight foresight, Urgency urgency);
  void load_stored_ahead(const std::shared_ptr<RemoteFile>& file, ByteRange range);
  void load_stored(const std::shared_ptr<RemoteFile>& file, BlockIndex block, ChunkMask wanted);
  reactor::Task<> load(std::shared_ptr<RemoteFile> file, BlockIndex block, ChunkMask chunks, cache::BlockRef held);
  void land_loaded(RemoteFile& file, BlockIndex block, ChunkMask chunks, const cache::BlockRef& held);
  struct Unwritten {
    std::shared_ptr<RemoteFile> file;
    std::uint32_t block;
    cache::BlockRef held;  // empty: to be written only if it is in memory then
    ChunkMask believed;    // chunks of `held` that a map calls zero and nothing has proved
  };
  reactor::Task<> renew_store(std::shared_ptr<RemoteFile> file);
  void store_blocks(const WantedRange& fetched, const std::vector<cache::BlockRef>& blocks);
  void store_unwritten();
  bool store_one(const Unwritten& one);
  void pump();
  struct Running {
    RangeRequest* request;
    ByteCount left;  // that had not come when it was looked at last
  };
  /// What is kept of a server beside what it has itself.
  struct Server {
    http::ProgressCredit credit;  // of all its requests, those that have ended, too
    ByteCount brought;            // by them since the credit was looked at
  };
  ByteCount note_progress(Running& running);
  Schedule::State state() const;
  bool start_next();
  bool start(WantedRange wanted);
  Offset launch(WantedRange missing);
  Server& server_of(const RemoteFile& file) { return server_of(file.resource().host()); }
  Server& server_of(const http::Host& host);
  bool start_hedge(bool demanded, const Schedule::State& now);
  std::vector<cache::BlockRef> allocate(const RemoteFile& file, ByteRange range);
  reactor::Task<> run(WantedRange wanted, std::vector<cache::BlockRef> blocks);
  struct Fill {
    std::shared_ptr<RemoteFile> file;
    Offset next;  // all before this was looked at
    reactor::EventLoop::Clock::time_point not_before{};
  };
  bool start_background(const Schedule::State& now);
  bool start_filling(Fill& fill, const Schedule::State& now);
  bool go_on_filling(Fill& fill, const Schedule::State& now);
  ByteRange first_unstored(const RemoteFile& file, Offset from, ByteCount most) const;
  void fill_again_at(reactor::EventLoop::Clock::time_point when);
  void background_failed(const RemoteFile& file, Offset from, const Error& error);
  void end_fill(const RemoteFile& file, std::string_view why);
  void give_up(RemoteFile& file, ByteRange rest, const Error& error);
  void keep_until_read(std::vector<cache::BlockRef>& blocks);
  void retry_when_memory_is_free();

  // Constant after construction.
  reactor::EventLoop& loop_;
  http::Client& client_;
  cache::BlockCache& cache_;
  const std::optional<TierUse> tier_;
  const ByteCount budget_;
  Log& log_;
  OpenStore open_store_;

  // Reactor only.
  ReadGate gate_;  // before all that holds reads
  struct AtGate {
    std::shared_ptr<RemoteFile> file;
    std::shared_ptr<Read> read;
    Foresight foresight;
  };
  std::deque<AtGate> at_gate_;
  bool letting_in_ = false;  // soon
  Coverage coverage_;
  WaitingReads waiting_;
  FailedRanges failed_;
  std::deque<cache::BlockRef> unread_;  // fetched ahead; held so that a full cache does not evict them unread
  std::deque<Unwritten> unwritten_;     // to be handed to the disk cache while they are in memory
  std::size_t unwritten_held_ = 0;      // how many of them are held
  std::deque<Fill> fills_;              // the first one whose server has room is being filled
  std::list<Running> running_;          // the requests under way, waiting for their next attempt too
  std::unordered_map<const http::Host*, Server> servers_;  // as many as there are hosts
  BlockMemory memory_;
  Schedule schedule_;  // after the memory
  reactor::EventLoop::TimerId memory_timer_ = 0;
  reactor::EventLoop::TimerId deadline_timer_ = 0;
  reactor::EventLoop::TimerId background_timer_ = 0;
  reactor::EventLoop::Clock::time_point background_due_{};  // when that timer should ring
  reactor::EventLoop::Clock::time_point disk_rests_until_{};
  bool closed_ = false;
  reactor::TaskScope requests_;
  reactor::TaskScope loads_;

  // Synchronise themselves.
  FetchCounters counters_;

  Hedging hedging_;     // reactor only; after the counters, which it writes
  RequestTools tools_;  // reactor only
};

}  // namespace rimfs::fetch
