// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/byte_range.h"

namespace rimfs::extents {

enum class ExtentKind { unknown, data, zero };

struct Extent {
  ByteRange range;
  ExtentKind kind = ExtentKind::unknown;
  bool operator==(const Extent&) const = default;
};

/// The known content of a file: ranges that read as zero and ranges that hold data. All other bytes are unknown and
/// must be treated as data. Stored as merged runs over [0, size). Memory is proportional to the number of runs, which
/// is limited; each operation costs the logarithm of that number plus the runs it touches. A value; one thread at a
/// time.
class ExtentMap {
 public:
  /// A run takes 64 bytes (measured), so no image makes the map larger than 64 MiB.
  static constexpr std::size_t kMostRuns = std::size_t{1} << 20;

  explicit ExtentMap(ByteCount size, std::size_t most_runs = kMostRuns) : size_(size), most_runs_(most_runs) {}

  /// Sets the kind of `range` (clipped to the file), replacing earlier knowledge. The kind `unknown` removes knowledge.
  /// When the number of runs has reached its limit, only ranges that extend an existing run of the same kind are
  /// stored; others become unknown.
  void learn(ByteRange range, ExtentKind kind);

  ExtentKind at(Offset where) const { return extent_at(where).kind; }
  /// The whole run that contains `where`, which must lie in the file.
  Extent extent_at(Offset where) const;
  /// True when every byte of `range` is known to be zero; also for an empty range.
  bool is_zero(ByteRange range) const;
  ByteCount known_zero() const { return known_zero_; }
  std::size_t runs() const { return runs_.size(); }
  /// The first position at or after `from` that is known to be zero; nothing when there is none.
  std::optional<Offset> next_hole(Offset from) const;
  /// The first position at or after `from` that is not known to be zero; nothing when only zeros follow.
  std::optional<Offset> next_data(Offset from) const;
  /// Every run in order, including unknown ones.
  std::vector<Extent> all() const;

 private:
  struct Run {
    Offset end;
    ExtentKind kind;
  };
  using Runs = std::map<Offset, Run>;
  Offset end() const { return {size_.value}; }
  void cut(ByteRange range);
  bool touches_one(ByteRange range, ExtentKind kind) const;
  void count(ByteRange range, ExtentKind kind, bool added);

  ByteCount size_;
  std::size_t most_runs_;
  ByteCount known_zero_;
  Runs runs_;  // by begin; neither overlapping nor adjacent with the same kind; gaps are unknown
};

}  // namespace rimfs::extents
