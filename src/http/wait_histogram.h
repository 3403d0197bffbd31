// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace rimfs::http {

/// A histogram of recent waits. The bounds of its buckets grow by a constant factor, so every quantile is accurate to
/// that factor at any scale (DDSketch: Masson, Rim and Lee, VLDB 2019). Old waits fade: when enough are counted, all
/// counts are halved. About 512 bytes. Pure; one thread.
class WaitHistogram {
 public:
  using Wait = std::chrono::microseconds;

  void add(Wait wait) {
    ++counts_[bucket_of(wait)];
    if (++total_ < kRemembered) return;
    total_ = 0;
    for (std::uint32_t& count : counts_) total_ += count /= 2;
  }

  /// The number of waits in the histogram.
  std::uint32_t count() const { return total_; }

  /// The wait that the fraction `part` (0 to 1) of all waits did not exceed, at most a fifth too long. It is the sample
  /// with number part x (count - 1), rounded down. So a single outlier among at most a hundred samples is not the 99th
  /// percentile. Zero without samples.
  Wait quantile(double part) const {
    if (total_ == 0) return Wait(0);
    const auto rank = static_cast<std::uint32_t>(part * (total_ - 1));
    std::uint32_t passed = 0;
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
      passed += counts_[bucket];
      if (passed > rank) return upper_bound_of(bucket);
    }
    return upper_bound_of(kBuckets - 1);
  }

 private:
  static constexpr double kBucketsPerDoubling = 4;
  static constexpr std::size_t kBuckets = 128;  // the last one ends at 2^31.75 microseconds, about an hour
  /// Enough that several samples lie above the 99th percentile; with fewer it would be unstable.
  static constexpr std::uint32_t kRemembered = 1024;

  static std::size_t bucket_of(Wait wait) {
    if (wait.count() <= 1) return 0;
    const double bucket = std::ceil(kBucketsPerDoubling * std::log2(static_cast<double>(wait.count())));
    return std::min(static_cast<std::size_t>(bucket), kBuckets - 1);
  }
  static Wait upper_bound_of(std::size_t bucket) {
    return Wait(static_cast<Wait::rep>(std::exp2(static_cast<double>(bucket) / kBucketsPerDoubling)));
  }

  std::array<std::uint32_t, kBuckets> counts_{};
  std::uint32_t total_ = 0;
};

}  // namespace rimfs::http
