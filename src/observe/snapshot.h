// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "observe/counters.h"
#include "observe/metrics.h"

namespace rimfs::observe {

/// A number, or the text of a metric of Kind::info.
using Value = std::variant<std::uint64_t, double, std::string>;

/// Values by row of the table; none for a metric that was not reported. A plain value.
class Values {
 public:
  Values() = default;
  explicit Values(const Counters& counters) {
    for (std::size_t index = 0; index < kMetrics.size(); ++index) {
      if (kMetrics[index].source == Source::counters) values_[index] = counters.value_at(index);
    }
  }

  void set(Name<Source::owner> metric, Value value) { values_[metric.index()] = std::move(value); }
  const std::optional<Value>& at(std::size_t index) const { return values_[index]; }

 private:
  std::array<std::optional<Value>, kMetrics.size()> values_;
};

/// All metrics of the program at one moment. Starts with the counters; then each owner of metrics reports its values. A
/// plain value, for one thread.
struct Snapshot {
  explicit Snapshot(const Counters& counters) : mount(counters) {}

  /// Calls visit(metric, value, server) in the table's order; for a metric of servers, once for each element of
  /// `servers`. `server` is an index into `servers`, otherwise 0. Skips metrics without a value. Every format of
  /// metrics can be such a visit, including Prometheus' text format, which requires all values of one metric together.
  template <typename Visit>
  void for_each(Visit visit) const {
    for (std::size_t index = 0; index < kMetrics.size(); ++index) {
      const Metric& metric = kMetrics[index];
      const std::size_t count = metric.per_server() ? servers.size() : 1;
      for (std::size_t i = 0; i < count; ++i) {
        const std::optional<Value>& value = (metric.per_server() ? servers[i] : mount).at(index);
        if (value) visit(metric, *value, i);
      }
    }
  }

  Values mount;
  std::vector<Values> servers;
};

}  // namespace rimfs::observe
