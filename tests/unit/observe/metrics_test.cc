// SPDX-License-Identifier: MIT
#include "observe/metrics.h"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <string_view>

namespace rimfs::observe {
namespace {

TEST_CASE("each metric has a key of its own in lower case, with dots between levels") {
  std::set<std::string_view> keys;
  for (const Metric& metric : kMetrics) {
    CAPTURE(metric.key);
    CHECK(keys.insert(metric.key).second);
    const std::string_view path = metric.per_server() ? metric.key.substr(Metric::kServers.size()) : metric.key;
    CHECK_FALSE(path.empty());
    CHECK(path.find_first_not_of("abcdefghijklmnopqrstuvwxyz-.") == path.npos);
    CHECK(path.find("..") == path.npos);
  }
}

TEST_CASE("no key is a level of another one") {
  for (const Metric& metric : kMetrics) {
    for (const Metric& other : kMetrics) CHECK_FALSE(other.key.starts_with(std::string(metric.key) + "."));
  }
}

TEST_CASE("each metric has a help of one sentence that fits a cell of a table and a line of Prometheus' format") {
  for (const Metric& metric : kMetrics) {
    CAPTURE(metric.key);
    CHECK(metric.help.size() > 10);
    CHECK(metric.help.front() >= 'A');
    CHECK(metric.help.front() <= 'Z');
    CHECK(metric.help.back() == '.');
    CHECK(metric.help.find_first_of("|\n\\") == metric.help.npos);
  }
}

TEST_CASE("the metrics of a group stand together, and so do those of the servers") {
  std::set<std::string> begun;
  std::string last;
  for (const Metric& metric : kMetrics) {
    CAPTURE(metric.key);
    const std::string group = (metric.per_server() ? "a server's " : "the mount's ") + std::string(metric.group);
    if (group != last) CHECK(begun.insert(group).second);
    last = group;
  }
}

TEST_CASE("counters and values in progress have a unit, and info metrics have none") {
  for (const Metric& metric : kMetrics) {
    CAPTURE(metric.key);
    CHECK((metric.unit == Unit::none) == (metric.kind == Kind::info));
  }
}

TEST_CASE("the key of a metric is its path in JSON; that of a server's metric names the server") {
  const Metric mount{"cache.used-now", Kind::gauge, Unit::bytes, Source::owner, "", "", ""};
  CHECK(mount.pointer() == "/cache/used-now");
  const Metric server{"servers[].delay-ms", Kind::gauge, Unit::milliseconds, Source::owner, "", "", ""};
  CHECK(server.pointer(3) == "/servers/3/delay-ms");
}

}  // namespace
}  // namespace rimfs::observe
