// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace rimfs::http {

/// Which of several addresses of one file to ask: the first that is not known to be bad. One that fails is passed over
/// for a time and then tried again; one that has another file is refused for a longer time, or until an answer of it
/// fits. Each reply is checked, so that asking again harms nobody: a balancer in trouble may show another file for a
/// moment, and then be the only one that is left. Pure; one thread.
class Mirrors {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Mirrors(std::size_t count) : mirrors_(count) {}

  /// The one to ask now; the one that failed longest ago when all have failed.
  std::size_t current(Time now) const {
    std::size_t best = 0;
    for (std::size_t i = 0; i < mirrors_.size(); ++i) {
      if (is_refused(i, now)) continue;
      if (mirrors_[i].passed_over_until <= now) return i;
      if (is_refused(best, now) || mirrors_[i].passed_over_until < mirrors_[best].passed_over_until) best = i;
    }
    return best;
  }

  /// All that may be asked, the best first: those that have not failed, then those that failed longest ago.
  std::vector<std::size_t> in_order(Time now) const {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < mirrors_.size(); ++i) {
      if (!is_refused(i, now)) order.push_back(i);
    }
    const auto free_at = [&](std::size_t which) { return std::max(mirrors_[which].passed_over_until, now); };
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return free_at(a) < free_at(b); });
    return order;
  }

  bool is_passed_over(std::size_t which, Time now) const { return mirrors_[which].passed_over_until > now; }

  /// This one failed. True when there is another that has not.
  bool failed(std::size_t which, Time now) {
    mirrors_[which].passed_over_until = now + kPassedOver;
    const std::size_t next = current(now);
    return !is_refused(next, now) && mirrors_[next].passed_over_until <= now;
  }

  /// This one has another file than the rest. True when there is one left that may have the right one.
  bool refuse(std::size_t which, Time now) {
    mirrors_[which].refused_until = now + kRefused;
    return !is_refused(current(now), now);
  }

  /// An answer of this one fits the file: it is as good as on the first day.
  void readmit(std::size_t which) { mirrors_[which] = {}; }

  /// A server that is restarted or overloaded is well again after this, and if not, asking costs one request.
  static constexpr std::chrono::seconds kPassedOver{60};

  /// Asked again then only when all before it fail; what its other file costs is one request.
  static constexpr std::chrono::minutes kRefused{10};

 private:
  struct Mirror {
    Time passed_over_until{};
    Time refused_until{};
  };

  bool is_refused(std::size_t which, Time now) const { return mirrors_[which].refused_until > now; }

  std::vector<Mirror> mirrors_;
};

}  // namespace rimfs::http
