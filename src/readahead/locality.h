// SPDX-License-Identifier: MIT
#pragma once

#include "base/units.h"

namespace rimfs::readahead {

/// How much to fetch around a read that belongs to no stream. A guest inspection comes back to the same
/// neighbourhood again and again: whole blocks save it round trips. A database's random reads never do: every byte
/// more is waste. Learns which from the share of reads that find their bytes in memory. A plain value.
class Locality {
 public:
  void observe(bool hit) {
    credit_ += hit ? kGain : -1;
    credit_ = std::clamp(credit_, 0, kMost);
  }

  /// Bytes to fetch from the missing one on.
  ByteCount fetch_size() const {
    if (credit_ >= kMost / 2) return kWholeBlock;
    if (credit_ >= kMost / 4) return kSome;
    return ByteCount{0};
  }

  /// More than any block: the fetch ends with the block.
  static constexpr ByteCount kWholeBlock = 64_MiB;

 private:
  static constexpr ByteCount kSome = 64_KiB;
  static constexpr int kMost = 16;  // eight misses in a row without a hit end the whole blocks
  static constexpr int kGain = 2;   // one hit in three reads keeps them
  int credit_ = kMost;
};

}  // namespace rimfs::readahead
