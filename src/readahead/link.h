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
/// 1/49 of its time. Larger values need more memory for the same gain.
inline constexpr std::uint64_t kDelaysPerRange = 48;
/// Below this a request costs more than its bytes; above, a read that nothing foresaw waits too long until one of the
/// connections becomes free.
inline constexpr ByteCount kSmallestRange = 1_MiB;
inline constexpr ByteCount kLargestRange = 32_MiB;

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

/// How a range that is fetched ahead of one reader is split into requests. A plain value.
struct Split {
  ByteCount piece;          ///< The size of a request.
  bool opening = false;     ///< The window has just opened: as many requests begin at once as there are connections.
  std::uint64_t begun = 0;  ///< Requests since then.

  /// The range is longer now, because the reader went on.
  void go_on(const Split& later) {
    piece = later.piece;
    if (later.opening) *this = later;
  }
};

/// The size of the request of this number, counted from the opening of the window. Requests that begin together end
/// together, and all connections would wait for the reader, who passes them all at once; so the first ones grow from
/// half of a piece, and from then on the connections become free one after the other.
inline ByteCount staggered(ByteCount piece, std::uint64_t number, unsigned connections) {
  if (number >= connections) return piece;
  return std::min(piece, align_up(piece / 2 + piece * (number + 1) / connections / 2, kSmallestRange));
}

/// What of a file is not there yet. A plain value.
struct Rest {
  ByteCount unasked;         ///< From the next request on to the end of the file.
  ByteCount in_flight;       ///< Asked for, but not arrived.
  unsigned connections = 1;  ///< Those that bring it, the next request's included.
};

/// Bytes a second that a reader takes of what is in memory; a copy writes them as well.
inline constexpr ByteCount kReaderSpeed = 384_MiB;
/// At most one part in so many of a request is left out for that: on a fast link there would be none but small ones.
inline constexpr std::uint64_t kLeadShare = 3;

/// A request of `piece`, and towards the end of the file less: an even part of what is left for each connection, so
/// that all come to their end together. The reader then has before it what the later ones brought; so each ends
/// earlier by the time that this takes him.
inline ByteCount tapered(ByteCount piece, const Rest& rest, ByteCount bytes_per_second) {
  const ByteCount even = (rest.unasked + rest.in_flight) / rest.connections;
  const double lead = static_cast<double>(rest.unasked.value) * static_cast<double>(bytes_per_second.value) /
                      static_cast<double>(kReaderSpeed.value);
  const ByteCount earlier = std::min(ByteCount{static_cast<std::uint64_t>(lead)}, even / kLeadShare);
  const ByteCount size = align_up(even - earlier, kSmallestRange);
  return std::clamp(size, std::min(piece, kSmallestRange), piece);
}

/// The size of the next request for what lies ahead of a reader.
inline ByteCount next_range(const Split& split, const Rest& rest, const Link& link) {
  const ByteCount piece = split.opening ? staggered(split.piece, split.begun, link.connections) : split.piece;
  return tapered(piece, rest, link.bytes_per_second);
}

}  // namespace rimfs::readahead
