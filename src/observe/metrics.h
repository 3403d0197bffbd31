// SPDX-License-Identifier: MIT
// The table of metrics. The status JSON, the text of `rimfs status` and the README's reference derive from it. A new
// counter needs a row here and, where the event happens, a line such as counters_.add("network.requests"). A new gauge
// needs a row here and, in its owner's report(), a line such as into.mount.set("cache.used", bytes).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "observe/metric.h"

namespace rimfs::observe {

// clang-format off
/// In the order of the status JSON; the rows of a group stand together.
inline constexpr auto kMetrics = [] {
  using enum Kind;
  using enum Unit;
  using enum Source;
  return std::to_array<Metric>({
    {"pid", info, none, owner, "", "process",
     "Id of the process that serves the mount."},
    {"seconds", gauge, seconds, owner, "", "mounted for",
     "Time since the mount began."},
    {"kernel-readahead-kib", gauge, kibibytes, owner, "mount", "kernel readahead",
     "How far the kernel reads ahead of a sequential reader of the mount."},
    {"open-files", in_progress, files, owner, "mount", "open files",
     "Open file handles of the mount."},
    {"waiting-requests", in_progress, requests, owner, "mount", "waiting requests",
     "Requests of the kernel that wait for a server or the disk cache."},
    {"same-file", info, none, owner, "mount", "versions told apart by",
     "What tells versions of a file apart: validator, size-and-time or size; several where sources differ."},

    {"cache.memory", gauge, bytes, owner, "memory cache", "limit",
     "Limit of the memory cache."},
    {"cache.used", gauge, bytes, owner, "memory cache", "used",
     "Memory cache in use, in whole blocks."},

    {"network.requests", counter, requests, counters, "network", "requests",
     "Range requests that delivered their whole range."},
    {"network.bytes", counter, bytes, counters, "network", "received",
     "Bytes of ranges received from servers, duplicates and failed attempts included."},
    {"network.failed-attempts", counter, attempts, counters, "network", "failed attempts",
     "Attempts of range requests that failed, whether they were retried or given up."},
    {"network.active-requests", in_progress, requests, counters, "network", "active requests",
     "Range requests in progress, those that wait for their next attempt included."},
    {"network.hedged-requests", counter, requests, counters, "network", "hedged requests",
     "Hedged requests sent: second requests for ranges that stalled."},
    {"network.hedges-won", counter, requests, counters, "network", "hedges won",
     "Hedged requests that were faster than the request that had stalled."},
    {"network.bytes-fetched-twice", counter, bytes, counters, "network", "duplicates",
     "Duplicate bytes received because of hedged requests."},

    {"disk-cache.state", info, none, owner, "disk cache", "state",
     "State of the disk cache: caching, none when there is no disk cache, or why nothing is written."},
    {"disk-cache.bytes-read", counter, bytes, counters, "disk cache", "read",
     "Bytes loaded from the disk cache instead of a server, in whole chunks."},
    {"disk-cache.prefetching-images", in_progress, images, counters, "disk cache", "prefetching images",
     "Images that are being fetched whole in the background."},

    {"access-traces.replayed", counter, images, counters, "access traces", "replayed",
     "Images whose access trace of an earlier mount was found and replayed."},
    {"access-traces.bytes-asked", counter, bytes, counters, "access traces", "requested ahead",
     "Bytes requested ahead of readers because an access trace names them."},
    {"access-traces.bytes-used", counter, bytes, counters, "access traces", "of it read",
     "Bytes requested because of an access trace that were read afterwards."},

    {"reactor.longest-step-ms", maximum, milliseconds, owner, "event loop", "longest step",
     "Duration of the longest step of the event loop: every other read may have waited so long once."},
    {"reactor.longest-step-at", info, none, owner, "event loop", "",
     "Source file and line that scheduled the longest step of the event loop."},
    {"reactor.most-items-in-a-step", maximum, items, owner, "event loop", "",
     "Largest number of entries and ranges that one step of the event loop handled."},

    {"servers[].origin", info, none, owner, "", "",
     "Scheme, host and port of the server."},
    {"servers[].delay-ms", gauge, milliseconds, owner, "", "delay",
     "Estimated time from a request to the first byte of the server's reply."},
    {"servers[].bytes-per-second", gauge, bytes_per_second, owner, "", "rate of a connection",
     "Estimated transfer rate of one connection to the server."},
    {"servers[].connections", gauge, connections, owner, "", "connection limit",
     "Limit of simultaneous requests to the server, as configured."},
    {"servers[].connections-allowed", gauge, connections, owner, "", "allowed now",
     "Simultaneous requests to the server that congestion control allows now."},
  });
}();
// clang-format on

/// Called at compile time only, where it stops the compiler: a name has no row in the table, or a row of another
/// Source.
void no_metric_has_this_key_and_source();

/// Names a row by its key. The compiler finds the row; at run time the name is an index. A key without a row, or with a
/// row of another Source, does not compile.
template <Source source>
class Name {
 public:
  consteval Name(const char* key) {
    while (index_ < kMetrics.size() && kMetrics[index_].key != std::string_view(key)) ++index_;
    if (index_ == kMetrics.size() || kMetrics[index_].source != source) no_metric_has_this_key_and_source();
  }
  constexpr std::size_t index() const { return index_; }

 private:
  std::size_t index_ = 0;
};

}  // namespace rimfs::observe
