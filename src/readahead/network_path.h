// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>

#include "base/units.h"

namespace rimfs::readahead {

/// The estimated properties of the network path to a server. A plain value.
struct NetworkPath {
  std::chrono::microseconds delay{0};  ///< The time from a request to the first byte of its reply.
  ByteCount bytes_per_second{0};       ///< The rate of one connection while a body arrives; 0 when it is unknown.
  unsigned connections = 1;            ///< The number of requests that may be in flight at once.
};

/// The transfer of a range takes this many delays, so that waiting for its first byte costs a connection 1/49 of its
/// time, or more where kLargestRange limits the range. Larger values need more memory for the same gain.
inline constexpr std::uint64_t kDelaysPerRange = 48;
/// The limits of a range. In a smaller range the request costs more than its bytes. With larger ranges, a read that was
/// not predicted waits too long for a free connection.
inline constexpr ByteCount kSmallestRange = 1_MiB;
inline constexpr ByteCount kLargestRange = 32_MiB;

/// The bytes that one connection transfers in the time of one delay. Zero before both values are known.
inline ByteCount arrives_in_a_delay(const NetworkPath& path) {
  return {static_cast<std::uint64_t>(path.delay.count()) * (path.bytes_per_second.value / 1000000)};
}

/// The size of a range request that keeps a connection busy.
inline ByteCount efficient_range(const NetworkPath& path) {
  const auto bytes =
      static_cast<std::uint64_t>(path.delay.count()) * kDelaysPerRange * (path.bytes_per_second.value / 1000000);
  const ByteCount whole = align_up(ByteCount{bytes}, kSmallestRange);
  return std::clamp(whole, kSmallestRange, kLargestRange);
}

/// The distance that requests must be ahead of the reader so that no connection is idle: a range for each connection,
/// plus a quarter, because ranges do not finish in order.
inline ByteCount full_window(const NetworkPath& path) { return efficient_range(path) * path.connections * 5 / 4; }

/// How a range that is fetched ahead of one reader is split into requests. A plain value.
struct Split {
  ByteCount piece;          ///< The size of a request.
  bool opening = false;     ///< The window has just opened: one request for each connection begins at once.
  std::uint64_t begun = 0;  ///< The number of requests since the window opened.

  /// Updates the split when the range becomes longer because the reader has advanced.
  void go_on(const Split& later) {
    piece = later.piece;
    if (later.opening) *this = later;
  }
};

/// The size of the request with this number since the opening of the window. Requests that begin together end together.
/// The reader then passes all of them at once, and all connections would wait for it. So the first requests grow from
/// half of a piece; after that the connections become free one after the other.
inline ByteCount staggered(ByteCount piece, std::uint64_t number, unsigned connections) {
  if (number >= connections) return piece;
  return std::min(piece, align_up(piece / 2 + piece * (number + 1) / connections / 2, kSmallestRange));
}

/// The part of a file that has not arrived yet. A plain value.
struct Remaining {
  ByteCount unrequested;     ///< The bytes from the next request to the end of the file.
  ByteCount in_flight;       ///< The bytes that were requested and have not arrived.
  unsigned connections = 1;  ///< The number of connections that transfer them, including that of the next request.
};

/// The bytes a second that a reader consumes from memory; a copy writes them as well.
inline constexpr ByteCount kReaderSpeed = 384_MiB;
/// A request is shortened by at most this part (one third) for that reason. Otherwise a fast path would have only small
/// requests.
inline constexpr std::uint64_t kLeadShare = 3;

/// The size of the next request: `piece`, and less towards the end of the file. There each connection gets an even part
/// of the remaining bytes, so that all connections end together. The reader must then still process the bytes of the
/// later requests; so each request ends earlier by the time that this takes.
inline ByteCount tapered(ByteCount piece, const Remaining& remaining, ByteCount bytes_per_second) {
  const ByteCount even = (remaining.unrequested + remaining.in_flight) / remaining.connections;
  const double lead = static_cast<double>(remaining.unrequested.value) * static_cast<double>(bytes_per_second.value) /
                      static_cast<double>(kReaderSpeed.value);
  const ByteCount earlier = std::min(ByteCount{static_cast<std::uint64_t>(lead)}, even / kLeadShare);
  const ByteCount size = align_up(even - earlier, kSmallestRange);
  return std::clamp(size, std::min(piece, kSmallestRange), piece);
}

/// The size of the next request ahead of a reader.
inline ByteCount next_range(const Split& split, const Remaining& remaining, const NetworkPath& path) {
  const ByteCount piece = split.opening ? staggered(split.piece, split.begun, path.connections) : split.piece;
  return tapered(piece, remaining, path.bytes_per_second);
}

}  // namespace rimfs::readahead
