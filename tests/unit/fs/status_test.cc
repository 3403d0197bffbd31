// SPDX-License-Identifier: MIT
#include "fs/status.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "cli/engine.h"
#include "fs/filesystem.h"

namespace rimfs::fs {
namespace {

using Json = nlohmann::ordered_json;

/// A mount of nothing, without its FUSE session.
struct Scene {
  static config::Settings settings() {
    config::Settings small;
    small.cache.memory = 64_MiB;
    return small;
  }

  Log log{LogTarget::standard_error, LogLevel::error};
  cli::Engine engine{settings(), log};
  Filesystem filesystem{Options{}, engine.lookups(), engine.loop(), engine.counters(), log};
};

void add_paths(const Json& object, const std::string& prefix, std::vector<std::string>& paths) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_object()) {
      add_paths(value, prefix + key + ".", paths);
    } else {
      paths.push_back(prefix + key);
    }
  }
}

TEST_CASE("the status keeps the keys that programs rely on, in this order; others may be added") {
  const Scene scene;
  std::vector<std::string> paths;
  add_paths(Json::parse(status_json(scene.filesystem)), "", paths);
  const std::vector<std::string> kept = {
      "pid",
      "seconds",
      "kernel-readahead-kib",
      "open-files",
      "waiting-requests",
      "cache.memory",
      "cache.used",
      "network.requests",
      "network.bytes",
      "network.failed-attempts",
      "network.active-requests",
      "network.hedged-requests",
      "network.hedges-won",
      "network.bytes-fetched-twice",
      "disk-cache.state",
      "disk-cache.bytes-read",
      "disk-cache.prefetching-images",
      "access-traces.replayed",
      "access-traces.bytes-asked",
      "access-traces.bytes-used",
      "reactor.longest-step-ms",
      "reactor.longest-step-at",
      "reactor.most-items-in-a-step",
      "servers",
  };
  std::erase_if(paths,
                [&](const std::string& path) { return std::find(kept.begin(), kept.end(), path) == kept.end(); });
  CHECK(paths == kept);
}

TEST_CASE("each metric of the mount has a value") {
  const Scene scene;
  std::vector<std::string_view> expected;
  for (const observe::Metric& metric : observe::kMetrics) {
    if (!metric.per_server()) expected.push_back(metric.key);
  }
  std::vector<std::string_view> found;
  snapshot_of(scene.filesystem).for_each([&](const observe::Metric& metric, const observe::Value& value, std::size_t) {
    found.push_back(metric.key);
    const bool is_text = std::holds_alternative<std::string>(value);
    if (is_text) CHECK(metric.kind == observe::Kind::info);
  });
  CHECK(found == expected);
}

TEST_CASE("the status has numbers where it counts, text where it names, and a list of servers") {
  const Scene scene;
  const Json status = Json::parse(status_json(scene.filesystem));
  CHECK(status.at("pid").is_number_integer());
  CHECK(status.at("network").at("requests") == 0);
  CHECK(status.at("cache").at("memory") == 64 << 20);
  CHECK(status.at("cache").at("used") == 0);
  CHECK(status.at("disk-cache").at("state") == "none");
  CHECK(status.at("reactor").at("longest-step-ms").is_number_float());
  CHECK(status.at("reactor").at("longest-step-at").is_string());
  CHECK(status.at("servers") == Json::array());
}

}  // namespace
}  // namespace rimfs::fs
