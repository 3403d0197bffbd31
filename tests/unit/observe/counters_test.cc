// SPDX-License-Identifier: MIT
#include "observe/counters.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "observe/snapshot.h"

namespace rimfs::observe {
namespace {

TEST_CASE("a counter adds up, and a gauge rises and falls") {
  Counters counters;
  counters.add("network.requests");
  counters.add("network.requests", 2);
  CHECK(counters.value("network.requests") == 3);
  counters.add("network.active-requests", 5);
  counters.subtract("network.active-requests");
  CHECK(counters.value("network.active-requests") == 4);
  counters.set("disk-cache.prefetching-images", 7);
  CHECK(counters.value("disk-cache.prefetching-images") == 7);
}

TEST_CASE("counts of several threads at the same time are all kept") {
  Counters counters;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&counters] {
      for (int n = 0; n < 10'000; ++n) counters.add("network.bytes", 3);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(counters.value("network.bytes") == 120'000);
}

/// "KEY SERVER" of all that a snapshot has, in its order.
std::vector<std::string> visited(const Snapshot& snapshot) {
  std::vector<std::string> all;
  snapshot.for_each([&](const Metric& metric, const Value&, std::size_t server) {
    all.push_back(std::string(metric.key) + " " + std::to_string(server));
  });
  return all;
}

TEST_CASE("a snapshot begins with every counter, and without the values that owners report") {
  const Counters counters;
  std::vector<std::string> expected;
  for (const Metric& metric : kMetrics) {
    if (metric.source == Source::counters) expected.push_back(std::string(metric.key) + " 0");
  }
  CHECK(visited(Snapshot(counters)) == expected);
}

TEST_CASE("a snapshot keeps what was counted before it") {
  Counters counters;
  counters.add("network.requests", 2);
  const Snapshot snapshot(counters);
  counters.add("network.requests");
  bool found = false;
  snapshot.for_each([&](const Metric& metric, const Value& value, std::size_t) {
    if (metric.key != "network.requests") return;
    found = true;
    CHECK(std::get<std::uint64_t>(value) == 2);
  });
  CHECK(found);
}

TEST_CASE("a snapshot shows the values of one metric together, for one server after the other") {
  const Counters counters;
  Snapshot snapshot(counters);
  for (const char* origin : {"http://a", "http://b"}) {
    Values& server = snapshot.servers.emplace_back();
    server.set("servers[].origin", origin);
    server.set("servers[].delay-ms", 1.5);
  }
  std::vector<std::string> all = visited(snapshot);
  const std::vector<std::string> expected = {"servers[].origin 0", "servers[].origin 1", "servers[].delay-ms 0",
                                             "servers[].delay-ms 1"};
  REQUIRE(all.size() > 4);
  CHECK(std::vector<std::string>(all.end() - 4, all.end()) == expected);
}

}  // namespace
}  // namespace rimfs::observe
