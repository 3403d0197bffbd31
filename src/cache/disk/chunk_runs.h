// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>

namespace rimfs::cache::disk {

/// Chunks of a block that follow each other.
struct Run {
  unsigned first;
  unsigned count;
};

/// Calls `f` for each run of set bits, the lowest first.
template <typename F>
void each_run(std::uint64_t mask, F f) {
  while (mask != 0) {
    const auto first = static_cast<unsigned>(std::countr_zero(mask));
    const auto count = static_cast<unsigned>(std::countr_one(mask >> first));
    f(Run{first, count});
    const std::uint64_t ones = count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
    mask &= ~(ones << first);
  }
}

}  // namespace rimfs::cache::disk
