// SPDX-License-Identifier: MIT
#include "fs/status.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>

namespace rimfs::fs {

std::string status_json(const Filesystem& filesystem) {
  using Json = nlohmann::ordered_json;
  const image::Library::Status status = filesystem.library.status();
  Json hosts = Json::array();
  for (const http::HostStatus& host : status.hosts) {
    hosts.push_back({{"origin", host.origin},
                     {"delay-ms", static_cast<double>(host.delay.count()) / 1000},
                     {"bytes-per-second", host.bytes_per_second.value},
                     {"connections", host.connections},
                     {"connections-allowed", host.allowed}});
  }
  const Json all = {
      {"pid", getpid()},
      {"seconds", std::time(nullptr) - filesystem.mounted_at},
      {"kernel-readahead-kib", filesystem.kernel_readahead.kib},
      {"open-files", filesystem.open_files.size()},
      {"waiting-requests", filesystem.parked->waiting()},
      {"cache", {{"memory", status.cache_memory.value}, {"used", status.cache_used.value}}},
      {"network",
       {{"requests", status.requests},
        {"bytes", status.bytes},
        {"failed-attempts", status.failures},
        {"active-requests", status.active},
        {"hedged-requests", status.hedges},
        {"hedges-won", status.hedges_won},
        {"bytes-fetched-twice", status.hedged_bytes}}},
      {"disk-cache",
       {{"state", status.disk_state},
        {"bytes-read", status.disk_chunks * status.chunk_size.value},
        {"prefetching-images", status.filling}}},
      {"access-traces",
       {{"replayed", status.traces_replayed},
        {"bytes-asked", status.traces_asked},
        {"bytes-used", status.traces_used}}},
      {"reactor",
       {{"longest-step-ms", std::chrono::duration<double, std::milli>(status.longest_step.time).count()},
        {"longest-step-at",
         fmt::format("{}:{}", reactor::below_src(status.longest_step.asked.file), status.longest_step.asked.line)},
        {"most-items-in-a-step", status.most_items}}},
      {"servers", std::move(hosts)},
  };
  return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace rimfs::fs
