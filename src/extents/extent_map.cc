// SPDX-License-Identifier: MIT
#include "extents/extent_map.h"

namespace rimfs::extents {

void ExtentMap::count(ByteRange range, ExtentKind kind, bool added) {
  if (kind != ExtentKind::zero) return;
  known_zero_ = added ? known_zero_ + range.size() : known_zero_ - range.size();
}

/// Removes `range` from all runs.
void ExtentMap::cut(ByteRange range) {
  auto run = runs_.upper_bound(range.begin);
  if (run != runs_.begin() && std::prev(run)->second.end > range.begin) --run;
  while (run != runs_.end() && run->first < range.end) {
    const ByteRange whole{run->first, run->second.end};
    const ExtentKind kind = run->second.kind;
    count(whole.intersect(range), kind, false);
    run = runs_.erase(run);
    if (whole.begin < range.begin) runs_.emplace(whole.begin, Run{range.begin, kind});
    if (range.end < whole.end) run = runs_.emplace(range.end, Run{whole.end, kind}).first;
  }
}

/// True when a run of this kind overlaps or adjoins `range`, so that adding the range creates no additional run.
bool ExtentMap::touches_one(ByteRange range, ExtentKind kind) const {
  auto run = runs_.upper_bound(range.end);
  while (run != runs_.begin()) {
    --run;
    if (run->second.end < range.begin) return false;
    if (run->second.kind == kind) return true;
  }
  return false;
}

void ExtentMap::learn(ByteRange range, ExtentKind kind) {
  range = range.intersect({Offset{0}, end()});
  if (range.empty()) return;
  if (runs_.size() >= most_runs_ && !touches_one(range, kind)) kind = ExtentKind::unknown;
  cut(range);
  if (kind == ExtentKind::unknown) return;
  count(range, kind, true);
  auto next = runs_.lower_bound(range.end);
  if (next != runs_.end() && next->first == range.end && next->second.kind == kind) {
    range.end = next->second.end;
    next = runs_.erase(next);
  }
  if (next != runs_.begin()) {
    const auto before = std::prev(next);
    if (before->second.end == range.begin && before->second.kind == kind) {
      before->second.end = range.end;
      return;
    }
  }
  runs_.emplace_hint(next, range.begin, Run{range.end, kind});
}

Extent ExtentMap::extent_at(Offset where) const {
  const auto after = runs_.upper_bound(where);
  Offset gap_begin{0};
  if (after != runs_.begin()) {
    const auto run = std::prev(after);
    if (where < run->second.end) return {{run->first, run->second.end}, run->second.kind};
    gap_begin = run->second.end;
  }
  return {{gap_begin, after == runs_.end() ? end() : after->first}, ExtentKind::unknown};
}

bool ExtentMap::is_zero(ByteRange range) const {
  if (range.empty()) return true;
  const Extent extent = extent_at(range.begin);
  return extent.kind == ExtentKind::zero && range.end <= extent.range.end;
}

std::optional<Offset> ExtentMap::next_hole(Offset from) const {
  while (from < end()) {
    const Extent extent = extent_at(from);
    if (extent.kind == ExtentKind::zero) return from;
    from = extent.range.end;
  }
  return std::nullopt;
}

std::optional<Offset> ExtentMap::next_data(Offset from) const {
  while (from < end()) {
    const Extent extent = extent_at(from);
    if (extent.kind != ExtentKind::zero) return from;
    from = extent.range.end;
  }
  return std::nullopt;
}

std::vector<Extent> ExtentMap::all() const {
  std::vector<Extent> extents;
  for (Offset at{0}; at < end();) {
    extents.push_back(extent_at(at));
    at = extents.back().range.end;
  }
  return extents;
}

}  // namespace rimfs::extents
