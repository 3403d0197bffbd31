// SPDX-License-Identifier: MIT
#include "fs/status.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>
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
  Filesystem filesystem{Options{}, engine.library(), engine.loop(), log};
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

TEST_CASE("the status has each key that programs rely on, in this order") {
  const Scene scene;
  std::vector<std::string> paths;
  add_paths(Json::parse(status_json(scene.filesystem)), "", paths);
  const std::vector<std::string> expected = {
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
  CHECK(paths == expected);
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
