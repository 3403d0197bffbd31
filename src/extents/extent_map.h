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

/// What is known of a file's bytes: which read as zero, which hold data; the rest is unknown and must be taken for
/// data. Merged runs over [0, size): memory in the order of their number, which has a limit; every operation in the
/// order of its logarithm and of the runs it touches. A value; one thread at a time.
class ExtentMap {
 public:
  /// 64 bytes each, measured: no image makes the map larger than 64 MiB.
  static constexpr std::size_t kMostRuns = std::size_t{1} << 20;

  explicit ExtentMap(ByteCount size, std::size_t most_runs = kMostRuns) : size_(size), most_runs_(most_runs) {}

  /// Adds knowledge of `range` (clipped to the file); the newest wins. `kind` may be unknown, to forget. When there are
  /// as many runs as there may be, only what makes one of them longer is kept; the rest stays unknown.
  void learn(ByteRange range, ExtentKind kind);

  ExtentKind at(Offset where) const { return extent_at(where).kind; }
  /// The whole run that holds `where`, which lies in the file.
  Extent extent_at(Offset where) const;
  /// True when every byte of `range` is known to be zero; also for an empty range.
  bool is_zero(ByteRange range) const;
  ByteCount known_zero() const { return known_zero_; }
  std::size_t runs() const { return runs_.size(); }
  /// Where known zeros begin at or after `from`; nothing when there are none.
  std::optional<Offset> next_hole(Offset from) const;
  /// Where something other than known zeros begins at or after `from`; nothing when only zeros follow.
  std::optional<Offset> next_data(Offset from) const;
  /// Every run, unknown ones included, in order.
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
  Runs runs_;  // by begin; neither overlapping nor adjacent with the same kind; unknown is the gaps
};

}  // namespace rimfs::extents
