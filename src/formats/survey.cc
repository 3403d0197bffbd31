// SPDX-License-Identifier: MIT
#include "formats/survey.h"

#include <iterator>
#include <utility>

namespace rimfs::formats {
namespace {

/// A table that the parser reads is briefly in memory. 1 MiB of a qcow2 first-level table covers 64 TiB.
constexpr ByteCount kLargestLook = 1_MiB;
/// The limit of calls in one step. A parser that exceeds it processes a malicious or damaged image; each call costs
/// time on the reactor's thread.
constexpr unsigned kMostCalls = 8192;

}  // namespace

ByteRange Survey::in_file(std::uint64_t offset, std::uint64_t count) const {
  const std::uint64_t begin = std::min(offset, size_.value);
  return {Offset{begin}, Offset{begin + std::min(count, size_.value - begin)}};
}

bool Survey::one_more_call() { return ++calls_ <= kMostCalls; }

Bytes Survey::look(std::uint64_t offset, std::uint64_t count) {
  const ByteRange range = in_file(offset, count);
  if (range.empty() || range.size().value != count || range.size() > kLargestLook || !one_more_call()) return {};
  const auto after = known_.upper_bound(range.begin);
  if (after != known_.begin()) {
    const auto& [begin, bytes] = *std::prev(after);
    if (range.end <= begin + ByteCount{bytes.size()}) {
      return Bytes(bytes).subspan((range.begin - begin).value, range.size().value);
    }
  }
  const ByteRange whole = align_outward(range, limits_.unit).intersect({Offset{0}, Offset{size_.value}});
  if (looked_.contains(whole) || affordable(whole) != whole) return {};
  looked_.insert(whole);
  charge(whole);
  looks_.push_back({whole, true});
  return {};
}

void Survey::fetch(std::uint64_t offset, std::uint64_t count) {
  ByteRange range = in_file(offset, count);
  if (range.empty() || !one_more_call()) return;
  range = align_outward(range, limits_.unit).intersect({Offset{0}, Offset{size_.value}});
  for (const ByteRange& gap : asked_.missing(range)) {
    const ByteRange part = affordable(gap);
    if (part.empty()) return;
    charge(part);
    if (!fetches_.empty() && fetches_.back().range.end == part.begin) {
      fetches_.back().range.end = part.end;
    } else {
      fetches_.push_back({part, false});
    }
  }
}

/// The largest part of the range, from its beginning, that the limits allow.
ByteRange Survey::affordable(ByteRange range) const {
  ByteCount bytes = limits_.bytes - wanted_;
  for (const ByteRange& gap : asked_.missing(range)) {
    if (gap.size() > bytes) {
      range.end = align_down(gap.begin + bytes, limits_.unit);
      break;
    }
    bytes -= gap.size();
  }
  if (range.empty()) return {range.begin, range.begin};
  std::uint64_t blocks = blocks_.size();
  for (const BlockIndex block : blocks_touched(range, limits_.block)) {
    if (!blocks_.contains(block.value) && ++blocks > limits_.blocks) {
      range.end = std::max(range.begin, std::min(range.end, block_start(block, limits_.block)));
      break;
    }
  }
  return range;
}

void Survey::charge(ByteRange range) {
  for (const ByteRange& gap : asked_.missing(range)) wanted_ += gap.size();
  asked_.add(range);
  for (const BlockIndex block : blocks_touched(range, limits_.block)) blocks_.insert(block.value);
}

std::vector<Want> Survey::take_wants() {
  std::vector<Want> wants = std::exchange(looks_, {});
  wants.insert(wants.end(), fetches_.begin(), fetches_.end());
  fetches_.clear();
  return wants;
}

void Survey::learn(Offset offset, std::vector<std::byte> bytes) {
  std::vector<std::byte>& known = known_[offset];
  if (known.size() < bytes.size()) known = std::move(bytes);
}

}  // namespace rimfs::formats
