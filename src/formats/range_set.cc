// SPDX-License-Identifier: MIT
#include "formats/range_set.h"

#include <iterator>

namespace rimfs::formats {

std::vector<ByteRange> RangeSet::missing(ByteRange range) const {
  std::vector<ByteRange> gaps;
  auto next = ends_.upper_bound(range.begin);
  if (next != ends_.begin()) range.begin = std::max(range.begin, std::prev(next)->second);
  for (; next != ends_.end() && next->first < range.end; ++next) {
    if (range.begin < next->first) gaps.push_back({range.begin, next->first});
    range.begin = std::max(range.begin, next->second);
  }
  if (!range.empty()) gaps.push_back(range);
  return gaps;
}

void RangeSet::add(ByteRange range) {
  if (range.empty()) return;
  auto next = ends_.upper_bound(range.begin);
  if (next != ends_.begin() && std::prev(next)->second >= range.begin) {
    --next;
    range.begin = next->first;
  }
  while (next != ends_.end() && next->first <= range.end) {
    range.end = std::max(range.end, next->second);
    next = ends_.erase(next);
  }
  ends_.emplace(range.begin, range.end);
}

}  // namespace rimfs::formats
