// SPDX-License-Identifier: MIT
#include "fetch/fetcher.h"

#include <algorithm>
#include <utility>

#include "fetch/network_path.h"

namespace rimfs::fetch {
namespace {

/// How soon to look again for memory when every block of a small cache is in use: when no request is in flight whose
/// end would trigger it, and when one is, because its server may hang.
constexpr std::chrono::milliseconds kMemoryRetry{2};
constexpr std::chrono::milliseconds kMemoryRetryBesideRequests{20};

}  // namespace

Fetcher::Fetcher(reactor::EventLoop& loop, http::Client& client, cache::BlockCache& cache, std::optional<TierUse> tier,
                 ByteCount budget, observe::Counters& counters, Log& log)
    : loop_(loop),
      client_(client),
      cache_(cache),
      tier_(tier),
      budget_(budget),
      counters_(counters),
      gate_(cache.capacity_blocks()),
      coverage_(cache),
      running_(client.options().answer_deadline(), client.options().minimum_rate),
      deadlines_(loop, client.options().answer_deadline(), running_, coverage_, failed_, [this] { pump(); }),
      memory_(cache),
      schedule_(budget, {cache.block_size(), cache.chunk_size(), cache.capacity_blocks()}, memory_),
      tier_writes_(cache, tier && tier->keep_all),
      fill_(cache, tier ? &tier->tier : nullptr, schedule_, coverage_, log),
      hedging_(loop, client, counters,
               {[this](const RemoteFile& file, ByteRange range) { return coverage_.is_awaited(file, range); },
                [this] { pump(); }}),
      tools_{loop, client, cache, coverage_, memory_, hedging_, counters},
      memory_alarm_(loop, [this] { pump(); }),
      fill_alarm_(loop, [this] { pump(); }) {
  client_.set_on_free_slot([this] { pump(); });
}

Fetcher::~Fetcher() { client_.set_on_free_slot({}); }

void Fetcher::demand(std::shared_ptr<RemoteFile> file, std::shared_ptr<Read> read, ReadHint hint) {
  const auto asked = loop_.now();
  loop_.post([this, file = std::move(file), read = std::move(read), hint, asked] { admit(file, read, hint, asked); });
}

void Fetcher::prefetch(std::shared_ptr<RemoteFile> file, ByteRange range, readahead::Split split) {
  loop_.post([this, file = std::move(file), range, split] {
    if (closed_ || file->changed()) return;
    const ByteRange whole_chunks = align_outward(range, cache_.chunk_size()).intersect(file->whole());
    if (!schedule_.want_ahead(file, whole_chunks, split)) return;
    if (file->store()) load_stored_ahead(file, whole_chunks);
    pump();
  });
}

void Fetcher::cancel(std::shared_ptr<Read> read) {
  loop_.post([this, read = std::move(read)] {
    read->answer(Error(ErrorKind::cancelled, "the reader gave up"));
    begin_reads_soon();
  });
}

readahead::NetworkPath Fetcher::network_path(const RemoteFile& file) const { return network_path_of(file); }

void Fetcher::fill(std::shared_ptr<RemoteFile> file) {
  loop_.post([this, file = std::move(file)] {
    if (closed_) return;
    fill_.add(file);
    counters_.set("disk-cache.prefetching-images", fill_.count());
    pump();
  });
}

void Fetcher::forget_failures(const RemoteFile& file) {
  loop_.post([this, id = file.id()] { failed_.forget(id); });
}

void Fetcher::pump() {
  if (gate_.take_left()) begin_reads();
  tier_writes_.write_remembered();
  while (!closed_ && start_next()) {
  }
  schedule_.note_waiting(loop_.now());
}

/// Starts a second request for one that stalls. A reader that waits for it has waited for longer than those whose
/// demand is queued.
bool Fetcher::start_hedge(bool demanded, const Schedule::State& now) {
  return hedging_.start_second([&](const RemoteFile& file, bool demand) {
    return (demand || !demanded) && schedule_.has_free_slot(file, demand, now);
  });
}

bool Fetcher::start_next() {
  const Schedule::State now{.now = loop_.now(), .requests = running_.in_progress()};
  if (start_hedge(true, now)) return true;
  std::optional<WantedRange> next = schedule_.next_demand(now);
  if (next) return start_wanted(std::move(*next));
  if (start_hedge(false, now)) return true;
  next = schedule_.next_ahead(now);
  return next ? start_wanted(std::move(*next)) : start_background(now);
}

/// Starts the first part of `wanted` that is still missing and queues the rest. False when there is no memory now.
bool Fetcher::start_wanted(WantedRange wanted) {
  if (wanted.file->changed()) {
    fail_rest(*wanted.file, wanted.range, Error(ErrorKind::changed, "the remote file has changed"));
    return true;
  }
  // The reads that wanted it may have ended while it was queued.
  if (wanted.urgency == Urgency::demand && !coverage_.is_awaited(*wanted.file, wanted.range)) {
    coverage_.forget_answered(*wanted.file, wanted.range);
    return true;
  }
  const ByteRange missing = coverage_.first_missing(
      *wanted.file, align_outward(wanted.range, cache_.chunk_size()).intersect(wanted.file->whole()));
  if (missing.empty()) return true;
  const Offset started = start_request({wanted.file, missing, wanted.urgency});
  if (started > missing.begin) wanted.range.begin = started;
  schedule_.want_first(std::move(wanted));
  if (started > missing.begin) return true;
  retry_when_memory_is_free();
  return false;
}

/// Starts a request of the lowest urgency.
bool Fetcher::start_background(const Schedule::State& now) {
  const BackgroundFill::Decision next = fill_.next(now, tier_writes_.remembered());
  counters_.set("disk-cache.prefetching-images", fill_.count());
  for (const std::shared_ptr<RemoteFile>& file : next.completed) client_.release_copy(file->resource());
  if (next.check_again_at) fill_alarm_.set_at(*next.check_again_at);
  if (!next.request) return false;
  const Offset end = start_request(*next.request);
  fill_.requested(*next.request->file, end);
  if (end > next.request->range.begin) return true;
  retry_when_memory_is_free();
  return false;
}

/// Starts a request for `missing`, from its beginning as far as there is memory. Returns the end of the requested
/// range.
Offset Fetcher::start_request(WantedRange missing) {
  std::vector<cache::BlockRef> blocks = allocate(*missing.file, missing.range);
  if (blocks.empty()) return missing.range.begin;
  const BlockIndex first = block_at(missing.range.begin, cache_.block_size());
  const Offset allocated = block_start({first.value + blocks.size()}, cache_.block_size());
  missing.range.end = std::min(missing.range.end, allocated);
  coverage_.begin(*missing.file, missing.range, blocks);
  const Offset end = missing.range.end;
  requests_.spawn(run(std::move(missing), std::move(blocks)));
  return end;
}

/// Allocates blocks for `range`, from the first on, as far as there is memory.
std::vector<cache::BlockRef> Fetcher::allocate(const RemoteFile& file, ByteRange range) {
  std::vector<cache::BlockRef> blocks;
  for (const BlockIndex block : blocks_touched(range, cache_.block_size())) {
    cache::BlockRef ref = memory_.take(file, block, file.resource().host());
    if (!ref && blocks.empty() && !unread_.empty()) {
      unread_.clear();  // blocks that were fetched ahead give way to a request
      ref = memory_.take(file, block, file.resource().host());
    }
    if (!ref) break;
    blocks.push_back(std::move(ref));
  }
  return blocks;
}

/// Releases the blocks that have been read meanwhile: if they stayed held, eviction would find only unread blocks.
void Fetcher::hold_until_read(std::vector<cache::BlockRef>& blocks) {
  for (cache::BlockRef& block : blocks) unread_.push_back(std::move(block));
  std::erase_if(unread_, [](const cache::BlockRef& block) { return block->was_used(); });
  while (unread_.size() > budget_.value / cache_.block_size().value) unread_.pop_front();
}

void Fetcher::retry_when_memory_is_free() {
  memory_alarm_.set_after(running_.empty() ? kMemoryRetry : kMemoryRetryBesideRequests);
}

reactor::Task<> Fetcher::close() {
  closed_ = true;
  tools_.closing = true;
  const Error ending(ErrorKind::cancelled, "the mount is ending");
  hedging_.close();
  schedule_.clear();
  fill_.clear();
  unread_.clear();
  deadlines_.stop();
  memory_alarm_.cancel();
  fill_alarm_.cancel();
  for (const WaitsForMemory& one : std::exchange(at_gate_, {})) one.read->answer(ending);
  coverage_.fail_all(ending);
  co_await requests_.joined();
  co_await loads_.joined();
  if (tier_) tier_->tier.lift_limit();
  tier_writes_.write_remembered();
}

}  // namespace rimfs::fetch
