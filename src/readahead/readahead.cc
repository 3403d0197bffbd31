// SPDX-License-Identifier: MIT
#include "readahead/readahead.h"

namespace rimfs::readahead {
namespace {

/// The first window: large enough that a second request is in flight while the first is read, small enough to be
/// wasted.
constexpr ByteCount kFirstWindow = 6_MiB;
/// Until a stream has read this much in order, its window is at most kWindowPerRead times the bytes read, or the first
/// window. After that the window opens to the size that the path needs. A guest that reads one small file never pays
/// for a copy's window.
constexpr ByteCount kConvinced = 8_MiB;
constexpr std::uint64_t kWindowPerRead = 4;
constexpr unsigned kHitsBeforeSpeculation = 2;
/// A stream that was not used for this many reads of its file releases its part of the budget.
constexpr std::uint64_t kIdleReads = 64;

}  // namespace

ByteCount Budget::Claim::most() const {
  const ByteCount even = budget_->total_ / std::max(1u, budget_->claims_.load(std::memory_order_relaxed));
  const ByteCount others{budget_->used_.load(std::memory_order_relaxed) - window_.value};
  return std::max(even, others < budget_->total_ ? budget_->total_ - others : ByteCount{});
}

Advice Readahead::observe(const Observation& read, const NetworkPath& path) {
  ++clock_;
  Slot* slot = match(read.range);
  const bool sequential = slot != nullptr;
  if (!sequential) {
    slot = &replace_oldest(read);
    locality_.observe(!read.waited);
  } else {
    slot->stream.advance(read.range);
    merge_into(*slot);
  }
  slot->last_use = clock_;
  release_idle_claims();

  Advice advice;
  advice.sequential = sequential;
  advice.fetch_size = sequential ? Locality::kWholeBlock : locality_.fetch_size();
  const ByteRange gone_through{slot->stream.start, slot->stream.frontier};
  if (sequential && slot->stream.dense() && gone_through.size() >= kConvinced) {
    advice.copied = gone_through;
    advice.copied_since = slot->first_read;
  }
  const ByteCount window = slot->stream.window;
  if (sequential) advice.prefetch = grow(*slot, read, path);
  advice.split.opening = slot->stream.window > window;
  // Independent of the number of streams that share the budget: smaller requests would only make more of them pay the
  // delay.
  advice.split.piece = std::clamp(budget_.total() / path.connections, kSmallestRange, efficient_range(path));
  return advice;
}

ByteRange Readahead::grow(Slot& slot, const Observation& read, const NetworkPath& path) {
  Stream& stream = slot.stream;
  const ByteRange nothing{stream.requested, stream.requested};
  if (stream.hits < kHitsBeforeSpeculation || !stream.dense() || budget_.total().is_zero()) return nothing;
  if (!slot.claim) slot.claim.emplace(budget_);

  const ByteCount trusted =
      stream.read >= kConvinced ? full_window(path) : std::min(stream.read * kWindowPerRead, full_window(path));
  const ByteCount wanted = std::max(kFirstWindow, trusted);
  if (stream.window.is_zero()) stream.window = kFirstWindow;
  if (read.waited) stream.window = std::max(stream.window, wanted);
  stream.window = std::min(stream.window, slot.claim->most());
  slot.claim->use(stream.window);

  // The range ends with a whole unit: a remainder would need a request of its own.
  const Offset target = std::min(align_down(stream.frontier + stream.window, kSmallestRange), Offset{file_size_.value});
  const ByteCount refill = std::min(stream.window / 2, efficient_range(path));
  const bool at_end = target.value == file_size_.value;
  const ByteCount room = target - stream.requested;
  if (room.is_zero() || (room < refill && !at_end)) return nothing;
  const ByteRange ahead{stream.requested, target};
  stream.requested = target;
  return ahead;
}

/// Finds the stream whose frontier is nearest; among streams within the tolerance, the one that has read more. Thus a
/// stream that passes the position of an earlier, short stream continues as itself.
Readahead::Slot* Readahead::match(ByteRange read) {
  const auto worse = [&](const Stream& one, const Stream& other) {
    const std::uint64_t to_one = one.distance(read.begin).value;
    const std::uint64_t to_other = other.distance(read.begin).value;
    return to_one != to_other ? to_one > to_other : one.read < other.read;
  };
  Slot* nearest = nullptr;
  for (auto& slot : slots_) {
    if (!slot || !slot->stream.continues_at(read)) continue;
    if (!nearest || worse(nearest->stream, slot->stream)) nearest = &*slot;
  }
  return nearest;
}

Readahead::Slot& Readahead::replace_oldest(const Observation& read) {
  std::optional<Slot>* oldest = &slots_.front();
  for (auto& slot : slots_) {
    if (!slot) {
      oldest = &slot;
      break;
    }
    if (slot->last_use < (*oldest)->last_use) oldest = &slot;
  }
  oldest->emplace(
      Slot{.stream = Stream(read.range), .first_read = read.number, .last_use = clock_, .claim = std::nullopt});
  return **oldest;
}

void Readahead::release_idle_claims() {
  for (auto& slot : slots_) {
    if (slot && slot->claim && slot->last_use + kIdleReads < clock_) slot->claim.reset();
  }
}

/// Merges streams that prove to be part of this one, together with their reads.
void Readahead::merge_into(Slot& winner) {
  Stream& stream = winner.stream;
  for (auto& slot : slots_) {
    if (!slot || &*slot == &winner) continue;
    const Stream& other = slot->stream;
    if (!stream.includes(other)) continue;
    winner.first_read = std::min(winner.first_read, slot->first_read);
    stream.read += other.read;
    stream.frontier = std::max(stream.frontier, other.frontier);
    stream.requested = std::max(stream.requested, other.requested);
    slot.reset();
  }
}

}  // namespace rimfs::readahead
