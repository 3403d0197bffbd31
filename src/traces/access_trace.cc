// SPDX-License-Identifier: MIT
#include "traces/access_trace.h"

#include <algorithm>

namespace rimfs::traces {
namespace {

/// Mounts in a row that may need little of a trace before theirs takes its place.
constexpr unsigned kMostPassedOver = 3;
/// Little is at most this part of the bytes that the older trace has,
constexpr std::uint64_t kLittle = 4;
/// and of these all but this part.
constexpr std::uint64_t kUnknown = 4;

/// How many bytes of `some` are in `all` as well.
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
