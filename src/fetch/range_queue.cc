// SPDX-License-Identifier: MIT
#include "fetch/range_queue.h"

#include <algorithm>

#include "readahead/link.h"

namespace rimfs::fetch {

void RangeQueue::push_front(WantedRange wanted) {
  if (wanted.range.empty()) return;
  if (wanted.urgency == Urgency::demand) {
    demand_.push_front(std::move(wanted));
  } else {
    speculation_bytes_ += wanted.range.size();
    speculation_.push_front(std::move(wanted));
  }
}

void RangeQueue::push_speculation(const std::shared_ptr<RemoteFile>& file, ByteRange range, readahead::Split split,
                                  unsigned connections) {
  speculation_bytes_ += range.size();
  std::uint64_t number = 0;
  for (Offset at = range.begin; at < range.end; ++number) {
    const ByteCount piece = split.opening ? readahead::staggered(split.piece, number, connections) : split.piece;
    const ByteCount size = readahead::tapered(piece, file->whole().end - at, connections);
    // Requests end where the smallest ones could, so that they begin with a block.
    const Offset aligned = align_down(at + size, readahead::kSmallestRange);
    const Offset end = std::min(aligned > at ? aligned : at + size, range.end);
    speculation_.push_back({file, {at, end}, Urgency::speculation});
    at = end;
  }
}

std::optional<WantedRange> RangeQueue::take(std::deque<WantedRange>& from, const Room& room) {
  const auto next =
      std::find_if(from.begin(), from.end(), [&](const WantedRange& one) { return !room(*one.file).is_zero(); });
  if (next == from.end()) return std::nullopt;
  WantedRange taken = std::move(*next);
  from.erase(next);
  return taken;
}

std::optional<WantedRange> RangeQueue::pop_demand(const Room& room) {
  std::optional<WantedRange> front = take(demand_, room);
  if (!front) return std::nullopt;
  const ByteCount most = room(*front->file);
  join(*front, demand_, most);
  const ByteCount before = front->range.size();
  join(*front, speculation_, most);
  speculation_bytes_ -= front->range.size() - before;
  return front;
}

std::optional<WantedRange> RangeQueue::pop_speculation(const Room& room) {
  std::optional<WantedRange> front = take(speculation_, room);
  if (front) speculation_bytes_ -= front->range.size();
  return front;
}

void RangeQueue::join(WantedRange& front, std::deque<WantedRange>& from, ByteCount most) {
  for (auto next = from.begin(); next != from.end() && front.range.size() < most;) {
    const bool adjoins = next->file == front.file && next->range.begin <= front.range.end &&
                         front.range.end <= next->range.end && next->range.begin >= front.range.begin;
    if (!adjoins || next->range.end - front.range.begin > most) {
      ++next;
      continue;
    }
    front.range.end = next->range.end;
    from.erase(next);
    next = from.begin();  // one passed over before may adjoin now
  }
}

void RangeQueue::clear() {
  demand_.clear();
  speculation_.clear();
  speculation_bytes_ = {};
}

}  // namespace rimfs::fetch
