// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <set>
#include <unordered_set>
#include <vector>

#include "base/byte_range.h"
#include "formats/bytes.h"
#include "formats/range_set.h"

namespace rimfs::formats {

/// A range of the image that should be in memory.
struct Want {
  ByteRange range;
  /// True when the parser needs the bytes for its next step; false when only the reader will need them.
  bool look = false;
  bool operator==(const Want&) const = default;
};

/// The limits for the requests for one image, independent of its content.
struct Limits {
  ByteCount bytes;           ///< The limit of all bytes together, counted in whole units.
  ByteCount unit;            ///< The smallest fetch; a power of two.
  ByteCount block;           ///< The unit of memory; a power of two.
  std::uint64_t blocks = 0;  ///< The limit of blocks.
};

/// The view that a format's parser has of an image whose bytes become known step by step. A parser is a function that
/// runs from the beginning in every step: look() returns known bytes and records a request for unknown ones; fetch()
/// records ranges that the reader will need. Offsets are not trusted: ranges outside the file or beyond the limits are
/// never requested. A value without I/O; one thread at a time.
class Survey {
 public:
  Survey(ByteCount size, Limits limits) : size_(size), limits_(limits) {}

  ByteCount size() const { return size_; }

  /// Returns the bytes at `offset` when all are known. Otherwise returns nothing, and requests the bytes if they lie in
  /// the file. A range that did not arrive is not requested again.
  Bytes look(std::uint64_t offset, std::uint64_t count);
  /// Requests these bytes, as far as they lie in the file and within the limits.
  void fetch(std::uint64_t offset, std::uint64_t count);

  /// For the driver of the parser. begin_step() resets the number of calls; take_wants() returns the new requests,
  /// beginning with those that the parser needs.
  void begin_step() { calls_ = 0; }
  std::vector<Want> take_wants();
  void learn(Offset offset, std::vector<std::byte> bytes);
  ByteCount wanted() const { return wanted_; }

 private:
  ByteRange in_file(std::uint64_t offset, std::uint64_t count) const;
  bool one_more_call();
  ByteRange affordable(ByteRange range) const;
  void charge(ByteRange range);

  const ByteCount size_;
  const Limits limits_;
  std::map<Offset, std::vector<std::byte>> known_;
  std::set<ByteRange> looked_;  // ranges requested once, whether they arrived or not
  RangeSet asked_;
  std::unordered_set<std::uint64_t> blocks_;
  ByteCount wanted_;
  std::vector<Want> looks_;
  std::vector<Want> fetches_;
  unsigned calls_ = 0;
};

}  // namespace rimfs::formats
