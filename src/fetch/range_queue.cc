// SPDX-License-Identifier: MIT
#include "fetch/range_queue.h"

#include <algorithm>

namespace rimfs::fetch {

void RangeQueue::push_front(WantedRange wanted) {
  if (wanted.range.empty()) return;
  if (wanted.urgency == Urgency::demand) return demand_.push_front(std::move(wanted));
  speculation_bytes_ += wanted.range.size();
  const auto next = std::find_if(speculation_.begin(), speculation_.end(), [&](const Ahead& one) {
    return one.file == wanted.file && one.range.begin == wanted.range.end;
  });
  if (next != speculation_.end()) {
    next->range.begin = wanted.range.begin;
  } else {
    speculation_.push_front({wanted.file, wanted.range, {.piece = wanted.range.size()}});
  }
}

void RangeQueue::push_speculation(const std::shared_ptr<RemoteFile>& file, ByteRange range, readahead::Split split) {
  if (range.empty()) return;
  speculation_bytes_ += range.size();
  const auto before = std::find_if(speculation_.begin(), speculation_.end(),
                                   [&](const Ahead& one) { return one.file == file && one.range.end == range.begin; });
  if (before == speculation_.end()) return speculation_.push_back({file, range, split});
  before->range.end = range.end;
  before->split.go_on(split);
}

std::optional<WantedRange> RangeQueue::pop_demand(const Allowance& allowance, const Piece& piece) {
  const auto next = std::find_if(demand_.begin(), demand_.end(),
                                 [&](const WantedRange& one) { return !allowance(*one.file).is_zero(); });
  if (next == demand_.end()) return std::nullopt;
  WantedRange front = std::move(*next);
  demand_.erase(next);
  const ByteCount most = allowance(*front.file);
  join_demand(front, most);
  join_speculation(front, most, piece);
  return front;
}

std::optional<WantedRange> RangeQueue::pop_speculation(const Allowance& allowance, const Piece& piece) {
  const auto next = std::find_if(speculation_.begin(), speculation_.end(),
                                 [&](const Ahead& one) { return !allowance(*one.file).is_zero(); });
  if (next == speculation_.end()) return std::nullopt;
  Ahead ahead = std::move(*next);
  speculation_.erase(next);
  const ByteRange range = cut(ahead, piece);
  WantedRange front{ahead.file, range, Urgency::speculation};
  if (!ahead.range.empty()) speculation_.push_back(std::move(ahead));
  return front;
}

/// Takes the range of the next request off a range that is queued ahead of a reader.
ByteRange RangeQueue::cut(Ahead& ahead, const Piece& piece) {
  const Offset begin = ahead.range.begin;
  const ByteCount size = piece(*ahead.file, begin, ahead.split);
  // Requests end where the smallest ones could, so that the next one begins with a block.
  const Offset aligned = align_down(begin + size, readahead::kSmallestRange);
  const Offset end = std::min(aligned > begin ? aligned : begin + size, ahead.range.end);
  ahead.range.begin = end;
  ++ahead.split.begun;
  speculation_bytes_ -= end - begin;
  return {begin, end};
}

void RangeQueue::join_demand(WantedRange& front, ByteCount most) {
  for (auto next = demand_.begin(); next != demand_.end() && front.range.size() < most;) {
    const bool adjoins = next->file == front.file && next->range.begin <= front.range.end &&
                         front.range.end <= next->range.end && next->range.begin >= front.range.begin;
    if (!adjoins || next->range.end - front.range.begin > most) {
      ++next;
      continue;
    }
    front.range.end = next->range.end;
    demand_.erase(next);
    next = demand_.begin();  // a range that was skipped before may adjoin now
  }
}

/// Joins a demanded range with the range that is queued ahead of its reader: one request for both. When the reader has
/// overtaken a part of the queued range, that part stays queued.
void RangeQueue::join_speculation(WantedRange& front, ByteCount most, const Piece& piece) {
  if (front.range.size() >= most) return;
  const auto next = std::find_if(speculation_.begin(), speculation_.end(), [&](const Ahead& one) {
    return one.file == front.file && one.range.begin <= front.range.end && one.range.end > front.range.end;
  });
  if (next == speculation_.end()) return;
  const ByteRange overtaken{next->range.begin, std::max(next->range.begin, front.range.begin)};
  next->range.begin = overtaken.end;
  const ByteRange range = cut(*next, piece);
  const Offset end = std::max(front.range.end, std::min(range.end, front.range.begin + most));
  if (!overtaken.empty()) speculation_.push_front({front.file, overtaken, next->split});
  if (end < range.end) push_front({front.file, {end, range.end}, Urgency::speculation});
  front.range.end = end;
  std::erase_if(speculation_, [](const Ahead& one) { return one.range.empty(); });
}

ByteCount RangeQueue::speculation_bytes(const http::Host& host) const {
  ByteCount bytes;
  for (const Ahead& one : speculation_) {
    if (&one.file->resource().host() == &host) bytes += one.range.size();
  }
  return bytes;
}

bool RangeQueue::has_work_for(const http::Host& host) const {
  const auto is_there = [&](const auto& one) { return &one.file->resource().host() == &host; };
  return std::any_of(demand_.begin(), demand_.end(), is_there) ||
         std::any_of(speculation_.begin(), speculation_.end(), is_there);
}

void RangeQueue::clear() {
  demand_.clear();
  speculation_.clear();
  speculation_bytes_ = {};
}

}  // namespace rimfs::fetch
