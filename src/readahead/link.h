// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>

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
/// less, so that all connections come to their end together instead of waiting for one that began a long range last.
/// Connections become free one after the other, so each gets a step of piece / connections less than the one before:
/// sizes that are a step, two steps, ... up to `size` make size x (size + step) / (2 x step) bytes.
inline ByteCount tapered(ByteCount piece, ByteCount remaining, unsigned connections) {
  const double step = static_cast<double>(piece.value) / connections;
  const double size = std::sqrt(2 * static_cast<double>(remaining.value) * step);
  if (size >= static_cast<double>(piece.value)) return piece;
  const ByteCount whole = align_up(ByteCount{static_cast<std::uint64_t>(size)}, kSmallestRange);
  return std::clamp(whole, std::min(piece, kSmallestRange), piece);
}

/// How a stretch that is fetched ahead is split into requests. A plain value.
struct Split {
  ByteCount piece;       ///< The size of a request.
  bool opening = false;  ///< The window has just opened: as many requests begin at once as there are connections.
};

/// The size of the request of this number, counted from the opening of the window. Requests that begin together end
/// together, and all connections would wait for the reader, who passes them all at once; so the first ones grow, and
/// from then on the connections become free one after the other.
inline ByteCount staggered(ByteCount piece, std::uint64_t number, unsigned connections) {
  if (number >= connections) return piece;
  return std::min(piece, align_up(piece * (number + 1) / connections, kSmallestRange));
}

}  // namespace rimfs::readahead
