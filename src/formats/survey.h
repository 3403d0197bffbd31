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

/// A range of the image that is to be in memory.
struct Want {
  ByteRange range;
  bool look = false;  ///< Its bytes tell what is wanted next; otherwise only the reader will need them.
  bool operator==(const Want&) const = default;
};

/// How much may be wanted of one image, whatever it says of itself.
struct Limits {
  ByteCount bytes;           ///< In all, counted in whole units.
  ByteCount unit;            ///< Less than this is not fetched; a power of two.
  ByteCount block;           ///< Memory is used in blocks of this size, a power of two,
  std::uint64_t blocks = 0;  ///< at most so many.
};

/// An image whose bytes become known step by step, as a format's parser sees it. A parser is a function that starts
/// from the beginning at every step: look() gives what is known and notes what is not, fetch() notes what the reader
/// will need. All offsets may be nonsense: what does not lie in the file, or is over the limits, is never wanted.
/// A value without I/O; one thread at a time.
class Survey {
 public:
  Survey(ByteCount size, Limits limits) : size_(size), limits_(limits) {}

  ByteCount size() const { return size_; }

  /// The bytes at `offset` when all are known. Otherwise empty, and wanted if they lie in the file. What did not come
  /// is not wanted again.
  Bytes look(std::uint64_t offset, std::uint64_t count);
  /// Wants these bytes, as far as they lie in the file and within the limits.
  void fetch(std::uint64_t offset, std::uint64_t count);

  /// For who drives it: forgets how often the parser asked, and gives what is newly wanted: first what is looked at.
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
  std::set<ByteRange> looked_;  // asked for once, whether they came or not
  RangeSet asked_;
  std::unordered_set<std::uint64_t> blocks_;
  ByteCount wanted_;
  std::vector<Want> looks_;
  std::vector<Want> fetches_;
  unsigned calls_ = 0;
};

}  // namespace rimfs::formats
