// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <random>

namespace rimfs::http {

/// Random parts of waits, so that many clients of one server do not come back together. One thread.
class Jitter {
 public:
  /// Seeded by the system at the first use: a client that never fails needs no entropy, which takes its time.
  Jitter() = default;
  /// Always the same sequence, for tests.
  explicit Jitter(std::uint32_t seed) : engine_(seed) {}

  /// Uniform in [0, 1).
  double next() {
    if (!engine_) engine_.emplace(std::random_device{}());
    return std::uniform_real_distribution<double>(0.0, 1.0)(*engine_);
  }

 private:
  std::optional<std::minstd_rand> engine_;
};

}  // namespace rimfs::http
