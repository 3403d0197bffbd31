// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>

#include "base/units.h"

namespace rimfs::readahead {

/// What is known of the way to a server. A plain value.
struct Link {
  std::chrono::microseconds delay{0};  ///< From a request to the first byte of its reply.
  ByteCount bytes_per_second{0};       ///< Of one connection while a body arrives; 0: not known yet.
  unsigned connections = 1;            ///< How many requests may be under way at once.
};

/// A range takes this many delays to arrive, so that waiting for its first byte costs a connection at most
/// 1/13 of its time. Larger values need more memory for the same gain.
inline constexpr std::uint64_t kDelaysPerRange = 12;
/// Below this a request costs more than its bytes; above, 16 connections fill the default budget.
inline constexpr ByteCount kSmallestRange = 1_MiB;
inline constexpr ByteCount kLargestRange = 16_MiB;

/// What one connection could have brought while a request waits for its first byte. Nothing before both are known.
inline ByteCount arrives_in_a_delay(const Link& link) {
  return {static_cast<std::uint64_t>(link.delay.count()) * (link.bytes_per_second.value / 1000000)};
}

/// The size of a range request that keeps a connection busy.
inline ByteCount efficient_range(const Link& link) {
  const auto bytes =
      static_cast<std::uint64_t>(link.delay.count()) * kDelaysPerRange * (link.bytes_per_second.value / 1000000);
  const ByteCount whole = align_up(ByteCount{bytes}, kSmallestRange);
  return std::clamp(whole, kSmallestRange, kLargestRange);
}

/// How far ahead of the reader requests must go so that no connection is ever idle: a range for each connection,
/// and a quarter more, because ranges do not finish in order.
inline ByteCount full_window(const Link& link) { return efficient_range(link) * link.connections * 5 / 4; }

/// The size of the next request when `remaining` bytes of the file are not asked for yet: `piece`, and towards the end
/// a connection's share of what is left, so that all connections come to their end together instead of waiting for one
/// that began a long range last. Not below a quarter of `piece`, where delays would cost more than that saves.
inline ByteCount tapered(ByteCount piece, ByteCount remaining, unsigned connections) {
  const ByteCount least = std::min(piece, align_up(std::max(kSmallestRange, piece / 4), kSmallestRange));
  return std::clamp(align_up(remaining / connections, kSmallestRange), least, piece);
}

}  // namespace rimfs::readahead
