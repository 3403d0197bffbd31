// SPDX-License-Identifier: MIT
#pragma once

#include "base/byte_range.h"

namespace rimfs::readahead {

/// One reader that moves forward through a file: its position, how much of the passed range it really read, and how far
/// ahead was requested. A plain value.
struct Stream {
  Offset start;       ///< The begin of the first read.
  Offset frontier;    ///< The end of the furthest byte read so far.
  Offset requested;   ///< All bytes up to here were requested, by reads or ahead of them.
  ByteCount read;     ///< The bytes read; bytes read twice count twice.
  ByteCount window;   ///< The limit for the distance from `frontier` to `requested`; zero until the stream is known to
                      ///< be sequential.
  unsigned hits = 0;  ///< The number of reads that continued an earlier one.

  explicit Stream(ByteRange first)
      : start(first.begin), frontier(first.end), requested(first.end), read(first.size()) {}

  /// Several requests of one reader are in flight at once and arrive out of order. A read this far behind or ahead of
  /// the frontier belongs to the stream.
  static constexpr ByteCount kTolerance = 1_MiB;
  /// Several threads of one copy work on neighbouring pieces (qemu-img convert: eight, at most sixteen, of 2 MiB each;
  /// the kernel requests the first half, then the second). Once a stream reads ahead, reads this far behind its
  /// frontier belong to it too, if they are as large as a copy's: a guest also returns to earlier positions, but with
  /// smaller reads.
  static constexpr ByteCount kAbreast = 32_MiB;
  static constexpr ByteCount kCopyRead = 128_KiB;

  /// True when `range` continues this stream: it begins near the frontier or inside the range requested ahead.
  bool continues_at(ByteRange range) const {
    return frontier - behind(range.size()) <= range.begin && range.begin <= std::max(requested, frontier + kTolerance);
  }

  /// The distance of `where` from the frontier; zero within the tolerance.
  ByteCount distance(Offset where) const {
    const ByteCount exact = std::max(frontier, where) - std::min(frontier, where);
    return exact <= kTolerance ? ByteCount{} : exact;
  }

  /// True when the whole range that `other` has passed lies abreast of this stream, so that both belong to one reader.
  bool includes(const Stream& other) const {
    return std::max(start, frontier - behind(other.mean_read())) <= other.start &&
           other.frontier <= std::min(requested, frontier + kAbreast);
  }

  void advance(ByteRange range) {
    ++hits;
    read += range.size();
    frontier = std::max(frontier, range.end);
    requested = std::max(requested, frontier);
  }

  /// True while at least half of the passed range was read. A reader that skips more is not sequential.
  bool dense() const { return read * 2 >= frontier - start; }

 private:
  ByteCount mean_read() const { return read / (hits + 1); }
  ByteCount behind(ByteCount size) const { return window.is_zero() || size < kCopyRead ? kTolerance : kAbreast; }
};

}  // namespace rimfs::readahead
