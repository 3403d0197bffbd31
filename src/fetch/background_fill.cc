// SPDX-License-Identifier: MIT
#include "fetch/background_fill.h"

#include <algorithm>
#include <utility>

namespace rimfs::fetch {
namespace {

/// The most blocks that one decision examines, so that it does not hold up the reactor.
constexpr std::uint64_t kBlocksAtOnce = 4096;
/// The most blocks that may wait for the tier. Beyond it the tier is slower than the network, and more requests would
/// only evict blocks before they are written.
constexpr std::size_t kUnwrittenBlocks = 16;
/// How long to leave the tier alone, and how long a server after a failure.
constexpr std::chrono::milliseconds kTierPause{20};
constexpr std::chrono::seconds kServerPause{10};

/// How long to wait for blocks that are in memory to be stored.
constexpr std::chrono::milliseconds kStorePause{200};

constexpr std::string_view kComplete = "complete";

void keep_earlier(std::optional<BackgroundFill::Time>& when, std::optional<BackgroundFill::Time> other) {
  if (other) when = std::min(when.value_or(*other), *other);
}

}  // namespace

void BackgroundFill::add(std::shared_ptr<RemoteFile> file) {
  if (!tier_ || find(*file) != fills_.end() || !file->store() || !file->store()->may_write()) return;
  fills_.push_back({.file = std::move(file), .next = Offset{0}});
}

void BackgroundFill::restart(const RemoteFile& file) {
  const auto fill = find(file);
  if (fill != fills_.end()) fill->next = Offset{0};
}

BackgroundFill::Decision BackgroundFill::next(const Schedule::State& state, std::size_t unwritten) {
  Decision decision;
  if (fills_.empty() || state.now < tier_paused_until_) return decision;
  if (unwritten > std::min(kUnwrittenBlocks, cache_.capacity_blocks() / 8)) {
    tier_paused_until_ = state.now + kTierPause;
    decision.check_again_at = tier_paused_until_;
    return decision;
  }
  for (auto fill = fills_.begin(); fill != fills_.end();) {
    Step step = next_of(*fill, state);
    if (step.request) {
      decision.request = std::move(step.request);
      decision.check_again_at.reset();
      return decision;
    }
    keep_earlier(decision.check_again_at, step.check_again_at);
    if (step.end == kComplete) decision.completed.push_back(fill->file);
    fill = step.end.empty() ? std::next(fill) : end(fill, step.end);
  }
  return decision;
}

BackgroundFill::Step BackgroundFill::next_of(Fill& fill, const Schedule::State& state) const {
  const RemoteFile& file = *fill.file;
  Step step;
  if (file.changed()) return step.end = "it has changed on the server", step;
  if (!tier_->has_space()) return step.end = "the disk cache is full", step;
  if (state.now < fill.not_before) return step.check_again_at = fill.not_before, step;
  const ByteCount allowance = schedule_.background_allowance(file, state);
  if (allowance.is_zero()) return step;
  const ByteRange missing = coverage_.first_missing(file, first_unstored(file, fill.next, allowance));
  fill.next = missing.begin;
  if (!missing.empty()) return step.request = {fill.file, missing, Urgency::background}, step;
  if (fill.next < file.whole().end) return step.check_again_at = state.now, step;
  const bool running =
      std::any_of(state.requests.begin(), state.requests.end(), [](const auto& one) { return one.background; });
  if (running) return step;  // a request in flight may fail and then has to be repeated
  return finish(fill, state.now);
}

/// All is stored or in memory. A local copy is needed until all is stored: what is in memory alone may be evicted.
BackgroundFill::Step BackgroundFill::finish(Fill& fill, Time now) const {
  Step step;
  const RemoteFile& file = *fill.file;
  if (!file.resource().whole_file()) return step.end = kComplete, step;
  const ByteRange missing = first_unstored(file, fill.stored, ByteCount{1});
  fill.stored = missing.begin;
  if (missing.empty() && missing.end == file.whole().end) return step.end = kComplete, step;
  if (!missing.empty()) fill.next = missing.begin;
  step.check_again_at = missing.empty() ? now : now + kStorePause;
  return step;
}

void BackgroundFill::requested(const RemoteFile& file, Offset end) {
  const auto fill = find(file);
  if (fill != fills_.end()) fill->next = end;
}

void BackgroundFill::failed(const RemoteFile& file, Offset from, const Error& error, Time now) {
  const auto fill = find(file);
  if (fill == fills_.end()) return;
  if (!is_connection_failure(error.kind())) {
    end(fill, error.message());
    return;
  }
  fill->next = std::min(fill->next, from);
  fill->not_before = now + kServerPause;
}

/// The first blocks at or after `from` that the store does not have whole, `most` bytes at most. When one decision's
/// blocks contain none, the range is empty and lies at their end.
ByteRange BackgroundFill::first_unstored(const RemoteFile& file, Offset from, ByteCount most) const {
  const RemoteFile::Store store = file.store();  // null when outgrown: the first range opens another store
  const ByteCount size = cache_.block_size();
  const Offset end = std::min(file.whole().end, from + size * kBlocksAtOnce);
  ByteRange found{end, end};
  for (BlockIndex block = block_at(from, size); block_start(block, size) < end; block = block.next()) {
    const ByteRange whole = file.range_of_block(block, size);
    const ChunkMask chunks = chunks_touched(whole, block, size, cache_.chunk_size());
    const bool stored = store && (chunks & ~store->chunks_of(cache::block_number(block))) == 0;
    if (!stored && found.empty()) found.begin = whole.begin;
    if (stored && found.begin < end) return {found.begin, whole.begin};
    if (!stored) found.end = whole.end;
    if (!stored && found.size() >= most) return found;
  }
  return found;
}

std::deque<BackgroundFill::Fill>::iterator BackgroundFill::end(const std::deque<Fill>::iterator& fill,
                                                               std::string_view why) {
  log_.info("{}: prefetching ended: {}", fill->file->resource().shown_url(), why);
  return fills_.erase(fill);
}

std::deque<BackgroundFill::Fill>::iterator BackgroundFill::find(const RemoteFile& file) {
  return std::find_if(fills_.begin(), fills_.end(), [&](const Fill& one) { return one.file.get() == &file; });
}

}  // namespace rimfs::fetch
