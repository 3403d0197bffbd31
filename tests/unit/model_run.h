// SPDX-License-Identifier: MIT
// What the model tests share: random choices from a seed, and which seeds to run.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <type_traits>

#include "base/log.h"
#include "slowed_down.h"

namespace rimfs {

/// Random choices; the same for the same seed.
class ModelRandom {
 public:
  explicit ModelRandom(std::uint64_t seed) : engine_(seed) {}

  /// 0 to `most`.
  std::uint64_t upto(std::uint64_t most) { return std::uniform_int_distribution<std::uint64_t>(0, most)(engine_); }
  bool chance(unsigned percent) { return upto(99) < percent; }
  /// 0 to `most`, in whole units.
  template <typename Unit = std::chrono::milliseconds>
  Unit time(std::type_identity_t<Unit> most) {
    return Unit(upto(static_cast<std::uint64_t>(most.count())));
  }

 private:
  std::mt19937_64 engine_;
};

/// Calls `run(seed, log)` for seeds 1 to `runs`, or a fifth of them with the thread sanitizer. RIMFS_MODEL_SEED runs
/// that one alone, with the log; RIMFS_MODEL_RUNS changes how many there are. A check that fails names its seed.
template <typename Run>
void run_seeds(std::uint64_t runs, Run run) {
  const auto number_of = [](const char* variable, std::uint64_t otherwise) {
    const char* const text = std::getenv(variable);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
  };
  const std::uint64_t chosen = number_of("RIMFS_MODEL_SEED", 0);
  const std::uint64_t last = chosen != 0 ? chosen : number_of("RIMFS_MODEL_RUNS", kThreadSanitizer ? runs / 5 : runs);
  Log log = chosen != 0 ? Log(LogTarget::standard_error, LogLevel::debug) : Log::silent();
  for (std::uint64_t seed = chosen != 0 ? chosen : 1; seed <= last; ++seed) {
    CAPTURE(seed);
    run(seed, log);
  }
}

}  // namespace rimfs
