// SPDX-License-Identifier: MIT
#pragma once

#include "base/byte_range.h"

namespace rimfs::readahead {

/// One reader going forward through a file: where it is, how much of the way it really read, and how far ahead
/// was asked for. A plain value.
struct Stream {
  Offset start;       ///< Where its first read began.
  Offset frontier;    ///< The furthest byte read so far.
  Offset asked;       ///< Everything up to here was asked for, by reads or ahead of them.
  ByteCount read;     ///< Bytes read, those read twice counted twice.
  ByteCount window;   ///< How far `asked` may lead `frontier`; zero until the stream has proved itself.
  unsigned hits = 0;  ///< Reads that went on from an earlier one.

  explicit Stream(ByteRange first) : start(first.begin), frontier(first.end), asked(first.end), read(first.size()) {}

  /// Several requests of one reader are under way at once and arrive out of order. A read this far behind or ahead of
  /// the frontier still belongs to the stream.
  static constexpr ByteCount kTolerance = 1_MiB;
  /// Several threads of one copy work on neighbouring pieces (qemu-img convert: eight, sixteen at most, of 2 MiB each,
  /// of which the kernel asks for the first half, then for the second). Once a stream reads ahead, what is read this
  /// far behind its frontier belongs to it, too, in pieces as large as a copy's: a guest also returns to where it was,
  /// but for less.
  static constexpr ByteCount kAbreast = 32_MiB;
  static constexpr ByteCount kCopyRead = 128_KiB;

  /// True when `range` goes on from here: near the frontier, or inside what was asked for ahead.
  bool continues_at(ByteRange range) const {
    return frontier - behind(range.size()) <= range.begin && range.begin <= std::max(asked, frontier + kTolerance);
  }

  /// How far `where` is from the frontier; nothing within the tolerance.
  ByteCount distance(Offset where) const {
    const ByteCount exact = std::max(frontier, where) - std::min(frontier, where);
    return exact <= kTolerance ? ByteCount{} : exact;
  }

  /// True when all that `other` went through lies abreast of this stream: they are one reader's.
  bool includes(const Stream& other) const {
    return std::max(start, frontier - behind(other.mean_read())) <= other.start &&
           other.frontier <= std::min(asked, frontier + kAbreast);
  }

  void advance(ByteRange range) {
    ++hits;
    read += range.size();
    frontier = std::max(frontier, range.end);
    asked = std::max(asked, frontier);
  }

  /// True while at least half of the way was read: a reader that hops is not sequential.
  bool dense() const { return read * 2 >= frontier - start; }

 private:
  ByteCount mean_read() const { return read / (hits + 1); }
  ByteCount behind(ByteCount size) const { return window.is_zero() || size < kCopyRead ? kTolerance : kAbreast; }
};

}  // namespace rimfs::readahead
