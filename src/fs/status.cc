// SPDX-License-Identifier: MIT
#include "fs/status.h"

#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

namespace rimfs::fs {

observe::Snapshot snapshot_of(const Filesystem& filesystem) {
  observe::Snapshot all(filesystem.counters);
  filesystem.lookups.report(all);
  all.mount.set("pid", static_cast<std::uint64_t>(getpid()));
  const std::time_t age = std::max<std::time_t>(0, std::time(nullptr) - filesystem.mounted_at);
  all.mount.set("seconds", static_cast<std::uint64_t>(age));
  all.mount.set("kernel-readahead-kib", filesystem.kernel_readahead.kib);
  all.mount.set("open-files", filesystem.open_files.size());
  all.mount.set("same-file", filesystem.same_file);
  all.mount.set("waiting-requests", filesystem.parked->waiting());
  return all;
}

std::string status_json(const Filesystem& filesystem) {
  using Json = nlohmann::ordered_json;
  Json all;
  const auto place = [&all](const observe::Metric& metric, const observe::Value& value, std::size_t server) {
    Json& field = all[Json::json_pointer(metric.pointer(server))];
    std::visit([&field](const auto& plain) { field = plain; }, value);
  };
  snapshot_of(filesystem).for_each(place);
  all.emplace("servers", Json::array());  // an empty list when there are no servers
  return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace rimfs::fs
