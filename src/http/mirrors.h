// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace rimfs::http {

/// Selects one of several addresses of a file: the first that is not known to be bad. A failed address is passed over
/// for a time and then tried again. An address with another file is refused for a longer time, or until one of its
/// replies matches. Each reply is checked, so another try is harmless: a load balancer in trouble may briefly return
/// another file and later be the only server left. Pure; one thread.
class Mirrors {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Mirrors(std::size_t count) : mirrors_(count) {}

  /// The number of addresses.
  std::size_t count() const { return mirrors_.size(); }

  /// The address to request now; when all have failed, the one that failed longest ago.
  std::size_t current(Time now) const {
    std::size_t best = 0;
    for (std::size_t i = 0; i < mirrors_.size(); ++i) {
      if (is_refused(i, now)) continue;
      if (mirrors_[i].passed_over_until <= now) return i;
      if (is_refused(best, now) || mirrors_[i].passed_over_until < mirrors_[best].passed_over_until) best = i;
    }
    return best;
  }

  /// All addresses that may be requested, the best first: those that have not failed, then those that failed longest
  /// ago.
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

  /// Records a failure of this address. Returns true when another address has not failed.
  bool failed(std::size_t which, Time now) {
    mirrors_[which].passed_over_until = now + kPassedOver;
    const std::size_t next = current(now);
    return !is_refused(next, now) && mirrors_[next].passed_over_until <= now;
  }

  /// Records that this address has another file than the rest. Returns true when an address is left that may have the
  /// right file.
  bool refuse(std::size_t which, Time now) {
    mirrors_[which].refused_until = now + kRefused;
    return !is_refused(current(now), now);
  }

  /// Records that a reply of this address matches the file: its earlier failures are cleared.
  void readmit(std::size_t which) { mirrors_[which] = {}; }

  /// A restarted or overloaded server usually works again after this time; if not, a try costs one request.
  static constexpr std::chrono::seconds kPassedOver{60};

  /// A refused address is tried again after this time, and only when all addresses before it fail. A try costs one
  /// request.
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
