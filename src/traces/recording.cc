// SPDX-License-Identifier: MIT
#include "traces/recording.h"

#include <algorithm>
#include <iterator>

namespace rimfs::traces {
namespace {

/// What a copy's stream reads before readahead is under way: its first reads, and some for the kernel's own readahead.
constexpr ByteCount kHead = 256_KiB;

}  // namespace

bool Recording::observe(ByteRange read, ByteRange copied) {
  const ByteRange whole{Offset{}, Offset{size_.value}};
  read = align_outward(read, kUnit).intersect(whole);
  if (copied.empty()) return add(read);
  copied_ += read.size();
  return leave_out({copied.begin + kHead, align_up(copied.end, kUnit)});
}

bool Recording::add(ByteRange range) {
  if (range.empty()) return false;
  auto next = runs_.upper_bound(range.begin);
  if (next != runs_.begin() && std::prev(next)->second.end >= range.begin) --next;
  if (next != runs_.end() && next->first <= range.begin && range.end <= next->second.end) return false;

  const auto first = next;
  std::uint64_t order = next_order_;
  ByteCount joined;
  for (; next != runs_.end() && next->first <= range.end; ++next) {
    order = std::min(order, next->second.order);
    joined += next->second.end - next->first;
    range = {std::min(range.begin, next->first), std::max(range.end, next->second.end)};
  }
  const bool is_full = first == next && runs_.size() >= kMostStretches;
  if (is_full || bytes_ + range.size() - joined > kMostBytes) return false;
  runs_.erase(first, next);
  runs_.emplace(range.begin, Run{range.end, order});
  bytes_ = bytes_ + range.size() - joined;
  ++next_order_;
  return true;
}

bool Recording::leave_out(ByteRange range) {
  bool changed = false;
  auto next = runs_.upper_bound(range.begin);
  if (next != runs_.begin()) --next;
  while (next != runs_.end() && next->first < range.end) {
    const ByteRange run{next->first, next->second.end};
    const std::uint64_t order = next->second.order;
    const ByteRange gone = run.intersect(range);
    if (gone.empty()) {
      ++next;
      continue;
    }
    next = runs_.erase(next);
    if (run.begin < gone.begin) runs_.emplace(run.begin, Run{gone.begin, order});
    if (gone.end < run.end) runs_.emplace(gone.end, Run{run.end, order});
    bytes_ -= gone.size();
    changed = true;
  }
  return changed;
}

AccessTrace Recording::trace() const {
  AccessTrace trace;
  if (copied_ * 2 >= size_) return trace;
  struct Ordered {
    std::uint64_t order;
    ByteRange range;
    auto operator<=>(const Ordered&) const = default;
  };
  std::vector<Ordered> sorted;
  sorted.reserve(runs_.size());
  for (const auto& [begin, run] : runs_) sorted.push_back({run.order, {begin, run.end}});
  std::sort(sorted.begin(), sorted.end());
  const std::size_t count = std::min(sorted.size(), kMostStretches);  // a cut may have made one more
  for (std::size_t i = 0; i < count; ++i) trace.stretches.push_back(sorted[i].range);
  return trace;
}

}  // namespace rimfs::traces
