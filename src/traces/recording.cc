// SPDX-License-Identifier: MIT
#include "traces/recording.h"

#include <algorithm>
#include <iterator>

namespace rimfs::traces {
namespace {

/// The bytes that a copy's stream reads before readahead is active: its first reads, and some for the kernel's own
/// readahead.
constexpr ByteCount kHead = 256_KiB;
/// The distance behind a read in which its stream may have recorded reads. A stream counts as a copy after 8 MiB, and
/// its reads are out of order by up to 1 MiB (readahead/stream.h).
constexpr ByteCount kBehind = 16_MiB;

}  // namespace

bool Recording::observe(const Read& read) {
  const ByteRange whole{Offset{}, Offset{size_.value}};
  const ByteRange range = align_outward(read.range, kUnit).intersect(whole);
  if (read.copied.empty()) return add(range, read.number);
  copied_ += range.size();
  first_copy_ = std::min(first_copy_, read.copied_since);
  const Offset begin = std::max(align_up(read.copied.begin + kHead, kUnit), read.range.begin - kBehind);
  return leave_out({begin, align_up(read.copied.end, kUnit)}, read.copied_since);
}

/// Adds the parts of the range that are in no piece yet, as far as the limit allows.
bool Recording::add(ByteRange range, std::uint64_t number) {
  bool changed = false;
  const auto add_gap = [&](Offset begin, Offset end) {
    if (end <= begin || bytes_ + (end - begin) > kMostBytes) return;
    pieces_.emplace(begin, Piece{end, number});
    bytes_ += end - begin;
    changed = true;
  };
  auto next = pieces_.upper_bound(range.begin);
  Offset at = range.begin;
  if (next != pieces_.begin()) at = std::max(at, std::prev(next)->second.end);
  for (; next != pieces_.end() && next->first < range.end; ++next) {
    add_gap(at, next->first);
    at = next->second.end;
  }
  add_gap(at, range.end);
  return changed;
}

/// Removes the pieces in `range` that were needed since read number `since`. A piece that begins before the range is
/// shortened.
bool Recording::leave_out(ByteRange range, std::uint64_t since) {
  bool changed = false;
  auto before = pieces_.lower_bound(range.begin);
  if (before != pieces_.begin() && (--before)->second.end > range.begin && before->second.number >= since) {
    bytes_ -= before->second.end - range.begin;
    before->second.end = range.begin;
    changed = true;
  }
  for (auto next = pieces_.lower_bound(range.begin); next != pieces_.end() && next->first < range.end;) {
    if (next->second.number < since) {
      ++next;
      continue;
    }
    bytes_ -= next->second.end - next->first;
    next = pieces_.erase(next);
    changed = true;
  }
  return changed;
}

AccessTrace Recording::trace() const {
  const std::uint64_t until = copied_ * 2 >= size_ ? first_copy_ : UINT64_MAX;
  struct Numbered {
    std::uint64_t number;
    ByteRange range;
    auto operator<=>(const Numbered&) const = default;
  };
  std::vector<Numbered> numbered;
  for (const auto& [begin, piece] : pieces_) {
    if (piece.number >= until) continue;
    if (!numbered.empty() && numbered.back().range.end == begin) {
      numbered.back().range.end = piece.end;
      numbered.back().number = std::min(numbered.back().number, piece.number);
    } else {
      numbered.push_back({piece.number, {begin, piece.end}});
    }
  }
  std::sort(numbered.begin(), numbered.end());
  AccessTrace trace;
  trace.ranges.reserve(numbered.size());
  for (const Numbered& one : numbered) trace.ranges.push_back(one.range);
  return trace;
}

}  // namespace rimfs::traces
