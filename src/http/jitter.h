// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <random>

namespace rimfs::http {

/// Random parts of waits, so that many clients of one server do not retry at the same time. One thread.
class Jitter {
 public:
  /// Seeded by the system at the first use: entropy takes time, and a client without failures needs none.
  Jitter() = default;
  /// Produces always the same sequence, for tests.
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
