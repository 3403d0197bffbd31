// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace rimfs::http {

/// Which of several addresses of one file to ask: the first that is not known to be bad. One that fails is passed over
/// for a time and then tried again; one that has another file is never asked again. Pure; one thread.
class Mirrors {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Mirrors(std::size_t count) : mirrors_(count) {}

  /// The one to ask now; the one that failed longest ago when all have failed.
  std::size_t current(Time now) const {
    std::size_t best = 0;
    for (std::size_t i = 0; i < mirrors_.size(); ++i) {
      if (mirrors_[i].refused) continue;
      if (mirrors_[i].passed_over_until <= now) return i;
      const Mirror& so_far = mirrors_[best];
      if (so_far.refused || mirrors_[i].passed_over_until < so_far.passed_over_until) best = i;
    }
    return best;
  }

  /// This one failed. True when there is another that has not.
  bool failed(std::size_t which, Time now) {
    mirrors_[which].passed_over_until = now + kPassedOver;
    const Mirror& next = mirrors_[current(now)];
    return !next.refused && next.passed_over_until <= now;
  }

  /// This one has another file than the rest. True when there is one left that may have the right one.
  bool refuse(std::size_t which) {
    mirrors_[which].refused = true;
    for (const Mirror& mirror : mirrors_) {
      if (!mirror.refused) return true;
    }
    return false;
  }

  /// A server that is restarted or overloaded is well again after this, and if not, asking costs one request.
  static constexpr std::chrono::seconds kPassedOver{60};

 private:
  struct Mirror {
    Time passed_over_until{};
    bool refused = false;
  };
  std::vector<Mirror> mirrors_;
};

}  // namespace rimfs::http
