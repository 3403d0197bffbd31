// SPDX-License-Identifier: MIT
#include "image/access_traces.h"

#include <fmt/format.h>

#include <utility>

#include "image/version_id.h"

namespace rimfs::image {
namespace {

/// How long after the first new need a trace is written, and how often while there are more. A crash loses this much.
constexpr std::chrono::seconds kKeepAfter{10};

/// The key is the same for all versions of an image. Programs use the identity; the URL and the name beside it are for
/// people.
std::string key_of(const fetch::RemoteFile& file, const std::string& name) {
  return fmt::format("{} {} {}", file.resource().shown_url(), name, trace_id(file).hex());
}

}  // namespace

AccessTraces::AccessTraces(reactor::EventLoop& loop, fetch::Fetcher& fetcher, const cache::BlockCache& cache,
                           std::unique_ptr<TraceFolder> folder, reactor::Offload& disk, ByteCount memory,
                           observe::Counters& counters, Log& log)
    : loop_(loop),
      fetcher_(fetcher),
      cache_(cache),
      folder_(std::move(folder)),
      disk_(disk),
      memory_(memory),
      counters_(counters),
      log_(log) {}

std::shared_ptr<ImageTrace> AccessTraces::trace_of(const fetch::RemoteFile& file, const std::string& name) const {
  return folder_ ? std::make_shared<ImageTrace>(key_of(file, name), file.size()) : nullptr;
}

void AccessTraces::observe(const std::shared_ptr<fetch::RemoteFile>& file, const std::shared_ptr<ImageTrace>& trace,
                           const traces::Read& read) {
  bool starts = false;
  bool advances = false;
  bool keeps = false;
  {
    const MutexLock lock(trace->mutex_);
    if (trace->recording_.observe(read)) {
      trace->changed_ = true;
      keeps = !std::exchange(trace->keeping_, true);
    }
    starts = !std::exchange(trace->started_, true);
    if (trace->replay_) {
      const ByteCount before = trace->replay_->used();
      trace->replay_->observe(read.range);
      counters_.add("access-traces.bytes-used", (trace->replay_->used() - before).value);
      advances = trace->replay_->is_due() && !std::exchange(trace->advancing_, true);
    }
  }
  if (starts) loop_.post([this, file, trace] { running_.spawn(start(file, trace)); });
  if (advances) loop_.post([this, file, trace] { advance(file, *trace); });
  if (keeps) loop_.post([this, trace] { running_.spawn(keep(trace)); });
}

reactor::Task<> AccessTraces::close() { co_await running_.joined(); }

// ---- Replay of the last mount's needs

reactor::Task<> AccessTraces::start(std::shared_ptr<fetch::RemoteFile> file, std::shared_ptr<ImageTrace> trace) {
  if (memory_.is_zero()) co_return;
  std::optional<traces::AccessTrace> last;
  reactor::Offload::Work work = [&] { last = folder_->load(trace->key_); };
  auto done = disk_.run(std::move(work));
  co_await done;
  if (!last) co_return;
  const ByteCount block = cache_.block_size();
  const ByteCount unread = memory_ / 2;
  const traces::ReplayLimits limits{std::min(traces::kMostBytes, memory_ / 4), unread, unread.value / block.value,
                                    block};
  {
    const MutexLock lock(trace->mutex_);
    trace->replay_.emplace(*last, file->size(), limits);
    for (const ByteRange& range : trace->recording_.trace().ranges) trace->replay_->observe(range);
  }
  counters_.add("access-traces.replayed");
  log_.debug("{}: the last mount needed {} bytes in {} ranges first", file->resource().shown_url(), last->bytes().value,
             last->ranges.size());
  advance(file, *trace);
}

/// Requests as much as the replay's limits allow now. Reactor only.
void AccessTraces::advance(const std::shared_ptr<fetch::RemoteFile>& file, ImageTrace& trace) {
  std::vector<ByteRange> ranges;
  {
    const MutexLock lock(trace.mutex_);
    const ByteCount before = trace.replay_->requested();
    ranges = trace.replay_->next();
    counters_.add("access-traces.bytes-asked", (trace.replay_->requested() - before).value);
    trace.advancing_ = false;
  }
  std::vector<std::shared_ptr<fetch::Read>> reads;
  reads.reserve(ranges.size());
  for (const ByteRange& range : ranges) reads.push_back(std::make_shared<fetch::ReadAhead>(range, cache_.block_size()));
  fetcher_.read_soon(file, reads);
}

// ---- Recording of this mount's needs

reactor::Task<> AccessTraces::keep(std::shared_ptr<ImageTrace> trace) {
  for (bool more = true; more;) {
    auto pause = loop_.sleep(kKeepAfter);
    co_await pause;
    reactor::Offload::Work work = [&] { save(*trace); };
    auto done = disk_.run(std::move(work));
    co_await done;
    const MutexLock lock(trace->mutex_);
    more = trace->changed_;
    trace->keeping_ = more;
  }
}

/// Blocks on the disk.
void AccessTraces::save(ImageTrace& trace) {
  traces::AccessTrace now;
  bool first = false;
  {
    const MutexLock lock(trace.mutex_);
    now = trace.recording_.trace();
    trace.changed_ = false;
    first = !trace.passed_over_;
  }
  const bool passed_over = folder_->save(trace.key_, now, first);
  const MutexLock lock(trace.mutex_);
  trace.passed_over_ = trace.passed_over_ || passed_over;
}

}  // namespace rimfs::image
