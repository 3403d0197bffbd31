// SPDX-License-Identifier: MIT
#include "traces/access_trace.h"

#include <algorithm>

namespace rimfs::traces {
namespace {

/// The number of consecutive small traces that are passed over before one replaces the older trace.
constexpr unsigned kMostPassedOver = 3;
/// A trace is small when it has at most this part of the older trace's bytes,
constexpr std::uint64_t kLittle = 4;
/// and when at most this part of its own bytes is not in the older trace.
constexpr std::uint64_t kUnknown = 4;

/// The number of bytes of `some` that are also in `all`.
ByteCount common_bytes(const AccessTrace& some, const AccessTrace& all) {
  std::vector<ByteRange> sorted = all.ranges;
  std::sort(sorted.begin(), sorted.end());
  ByteCount common;
  for (const ByteRange& range : some.ranges) {
    auto next = std::partition_point(sorted.begin(), sorted.end(), [&](ByteRange r) { return r.end <= range.begin; });
    for (; next != sorted.end() && next->begin < range.end; ++next) common += range.intersect(*next).size();
  }
  return common;
}

}  // namespace

ByteCount AccessTrace::bytes() const {
  ByteCount sum;
  for (const ByteRange& range : ranges) sum += range.size();
  return sum;
}

Choice choose(const AccessTrace& older, const AccessTrace& newer) {
  if (newer.ranges.size() < 2) return {false, older.passed_over};
  const ByteCount bytes = newer.bytes();
  const bool little = bytes * kLittle <= older.bytes();
  const bool known = (bytes - common_bytes(newer, older)) * kUnknown <= bytes;
  if (!little || !known || older.passed_over >= kMostPassedOver) return {true, 0};
  return {false, older.passed_over + 1};
}

}  // namespace rimfs::traces
