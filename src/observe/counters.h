// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "observe/metrics.h"

namespace rimfs::observe {

/// The values of metrics that are changed where the event happens: counters.add("network.requests"). One object for the
/// whole program, owned by cli::Engine and passed to the code that counts. Any thread; never fails. An update is one
/// relaxed atomic operation at an address known at compile time; values of different metrics are not ordered.
class Counters {
 public:
  using Metric = Name<Source::counters>;

  void add(Metric metric, std::uint64_t more = 1) {
    cells_[metric.index()].value.fetch_add(more, std::memory_order_relaxed);
  }
  /// Only for gauges.
  void subtract(Metric metric, std::uint64_t less = 1) {
    cells_[metric.index()].value.fetch_sub(less, std::memory_order_relaxed);
  }
  void set(Metric metric, std::uint64_t value) { cells_[metric.index()].value.store(value, std::memory_order_relaxed); }

  std::uint64_t value(Metric metric) const { return value_at(metric.index()); }
  /// The value of kMetrics[index]. Zero for a metric that its owner reports.
  std::uint64_t value_at(std::size_t index) const { return cells_[index].value.load(std::memory_order_relaxed); }

 private:
  /// Each value has its own cache line, because FUSE workers and the reactor count at the same time.
  struct alignas(64) Cell {
    std::atomic<std::uint64_t> value{0};
  };
  std::array<Cell, kMetrics.size()> cells_;
};

}  // namespace rimfs::observe
