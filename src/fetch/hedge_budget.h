// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <optional>

#include "base/units.h"

namespace rimfs::fetch {

/// The budget for duplicate requests: a token bucket in which each delivered byte earns a fiftieth of a byte. So hedged
/// requests add at most 2 % to what is fetched, and a server that stalls under load gets little more of it. Pure; one
/// thread.
class HedgeBudget {
 public:
  static constexpr std::uint64_t kDeliveredForOne = 50;
  /// The most that is saved: a long copy must not spend all it has earned at once when the whole link pauses.
  static constexpr ByteCount kMost = 16_MiB;

  void earn(ByteCount delivered) { saved_ = std::min(saved_ + delivered, kMost * kDeliveredForOne); }

  /// Takes up to `most` bytes; nothing when fewer than `least` are available. `demand`: a reader waits. Otherwise half
  /// of the budget stays reserved for readers.
  std::optional<ByteCount> take(ByteCount most, ByteCount least, bool demand) {
    const ByteCount taken = std::min(most, demand ? available() : available() / 2);
    if (taken < least || taken.is_zero()) return std::nullopt;
    saved_ -= taken * kDeliveredForOne;
    return taken;
  }
  /// Returns bytes that were taken and not used.
  void give_back(ByteCount unused) { earn(unused * kDeliveredForOne); }

  ByteCount available() const { return saved_ / kDeliveredForOne; }

 private:
  ByteCount saved_;  // delivered bytes that have not been spent
};

}  // namespace rimfs::fetch
