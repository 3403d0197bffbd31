// SPDX-License-Identifier: MIT
#pragma once

#include "base/units.h"

namespace rimfs::readahead {

/// Decides how much to fetch around a random access. A guest inspection returns to the same neighbourhood repeatedly:
/// whole blocks save round trips. Random reads of a database do not return: every additional byte is wasted. The share
/// of reads that hit memory distinguishes the two. A plain value.
class Locality {
 public:
  void observe(bool hit) {
    credit_ += hit ? kGain : -1;
    credit_ = std::clamp(credit_, 0, kMost);
  }

  /// The number of bytes to fetch from the missing one on.
  ByteCount fetch_size() const {
    if (credit_ >= kMost / 2) return kWholeBlock;
    if (credit_ >= kMost / 4) return kSome;
    return ByteCount{0};
  }

  /// More than any block: the fetch ends at the end of the block.
  static constexpr ByteCount kWholeBlock = 64_MiB;

 private:
  static constexpr ByteCount kSome = 64_KiB;
  static constexpr int kMost = 16;  // nine misses in a row end the fetching of whole blocks
  static constexpr int kGain = 2;   // one hit in three reads keeps whole blocks
  int credit_ = kMost;
};

}  // namespace rimfs::readahead
