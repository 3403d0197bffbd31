// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <optional>

#include "base/units.h"

namespace rimfs::fetch {

/// What may be asked for a second time: a token bucket in which each byte that is delivered earns a fiftieth of a byte.
/// So hedged requests add at most 2 % to what is fetched, and a server that stalls because it has too much to do is not
/// given much more. Pure; one thread.
class HedgeBudget {
 public:
  static constexpr std::uint64_t kDeliveredForOne = 50;
  /// What a long copy saves up must not be spent at once when the whole link pauses.
  static constexpr ByteCount kMost = 16_MiB;

  void earn(ByteCount delivered) { saved_ = std::min(saved_ + delivered, kMost * kDeliveredForOne); }

  /// Takes `most`, or what there is of it; nothing when that is less than `least`. `demand`: a reader waits. Otherwise
  /// half of what there is stays for readers.
  std::optional<ByteCount> take(ByteCount most, ByteCount least, bool demand) {
    const ByteCount taken = std::min(most, demand ? available() : available() / 2);
    if (taken < least || taken.is_zero()) return std::nullopt;
    saved_ -= taken * kDeliveredForOne;
    return taken;
  }
  /// What was taken and not used.
  void give_back(ByteCount unused) { earn(unused * kDeliveredForOne); }

  ByteCount available() const { return saved_ / kDeliveredForOne; }

 private:
  ByteCount saved_;  // bytes delivered for which nothing was taken yet
};

}  // namespace rimfs::fetch
