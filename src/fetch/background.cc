// SPDX-License-Identifier: MIT
// The fetcher's lowest priority: whole images that are to be kept on the disk cache.
#include <algorithm>

#include "cache/block_number.h"
#include "fetch/fetcher.h"

namespace rimfs::fetch {
namespace {

/// Blocks that are looked for at once; the reactor has other things to do.
constexpr std::uint64_t kBlocksAtOnce = 4096;
/// Blocks that may wait for the disk; it is the slower one then, and more would only push others out of memory.
constexpr std::size_t kUnwrittenBlocks = 16;
/// How long to leave the disk alone, and a server that failed until the deadline.
constexpr std::chrono::milliseconds kDiskPause{20};
constexpr std::chrono::milliseconds kServerPause{10000};

}  // namespace

void Fetcher::fill(std::shared_ptr<RemoteFile> file) {
  loop_.post([this, file = std::move(file)] {
    const bool known = std::any_of(fills_.begin(), fills_.end(), [&](const Fill& fill) { return fill.file == file; });
    if (closed_ || known || !tier_ || !file->store() || !file->store()->may_write()) return;
    fills_.push_back({.file = file, .next = Offset{0}});
    counters_.filling = fills_.size();
    pump();
  });
}

/// A request of the lowest priority: for the first image whose server has room and nothing more urgent to do.
bool Fetcher::start_background(const Schedule::State& now) {
  if (fills_.empty() || loop_.now() < disk_rests_until_) return false;
  if (unwritten_.size() > std::min(kUnwrittenBlocks, cache_.capacity_blocks() / 8)) {
    disk_rests_until_ = loop_.now() + kDiskPause;
    fill_again_at(disk_rests_until_);
    return false;
  }
  for (std::size_t i = 0; i < fills_.size(); ++i) {
    if (start_filling(fills_[i], now)) return true;  // it may be gone now
  }
  return false;
}

bool Fetcher::start_filling(Fill& fill, const Schedule::State& now) {
  const std::shared_ptr<RemoteFile> file = fill.file;
  if (file->changed()) return end_fill(*file, "it has changed on the server"), true;
  if (!tier_->tier.has_room()) return end_fill(*file, "the disk cache is full"), true;
  if (loop_.now() < fill.not_before) return fill_again_at(fill.not_before), false;
  const ByteCount room = schedule_.background_room(*file, now);
  if (room.is_zero()) return false;
  const ByteRange unstored = first_unstored(*file, fill.next, room);
  const ByteRange missing = coverage_.first_missing(*file, unstored);
  fill.next = missing.begin;
  if (missing.empty()) return go_on_filling(fill, now);
  fill.next = launch({file, missing, Urgency::background});
  if (fill.next > missing.begin) return true;
  retry_when_memory_is_free();
  return false;
}

/// Nothing was missing before `fill.next`. True when the next image may be filled.
bool Fetcher::go_on_filling(Fill& fill, const Schedule::State& now) {
  if (fill.next < fill.file->whole().end) {
    loop_.post([this] { pump(); });
    return false;
  }
  const bool running =
      std::any_of(now.requests.begin(), now.requests.end(), [](const auto& one) { return one.background; });
  if (running) return false;  // one that fails has to be asked for again
  end_fill(*fill.file, "complete");
  return true;
}

/// The first blocks at or after `from` that the store does not have whole, `most` bytes at most. Empty, and further on,
/// when there is none among those that are looked at at once.
ByteRange Fetcher::first_unstored(const RemoteFile& file, Offset from, ByteCount most) const {
  const RemoteFile::Store store = file.store();  // null: outgrown, and the first range opens another
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

void Fetcher::background_failed(const RemoteFile& file, Offset from, const Error& error) {
  const auto fill =
      std::find_if(fills_.begin(), fills_.end(), [&](const Fill& one) { return one.file.get() == &file; });
  if (closed_ || fill == fills_.end()) return;
  const bool passing = is_connection_failure(error.kind());
  if (!passing) return end_fill(file, error.message());
  fill->next = std::min(fill->next, from);
  fill->not_before = loop_.now() + kServerPause;
}

/// Looks for work of this urgency then, or earlier.
void Fetcher::fill_again_at(reactor::EventLoop::Clock::time_point when) {
  if (background_timer_ != 0 && background_due_ <= when) return;
  if (background_timer_ != 0) loop_.cancel_timer(background_timer_);
  background_due_ = when;
  background_timer_ = loop_.add_timer(std::max(when - loop_.now(), reactor::EventLoop::Clock::duration{}), [this] {
    background_timer_ = 0;
    pump();
  });
}

void Fetcher::end_fill(const RemoteFile& file, std::string_view why) {
  log_.info("{}: no more of it is prefetched: {}", file.resource().shown_url(), why);
  std::erase_if(fills_, [&](const Fill& one) { return one.file.get() == &file; });
  counters_.filling = fills_.size();
}

}  // namespace rimfs::fetch
