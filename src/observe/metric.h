// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rimfs::observe {

/// How a value behaves over time.
enum class Kind {
  counter,      ///< Increases from the start of the mount.
  gauge,        ///< Rises and falls.
  in_progress,  ///< A gauge of work in progress: zero when no reader waits and every server replies.
  maximum,      ///< The largest value since the start of the mount.
  info,         ///< Identifies or describes something; not an amount.
};

/// The unit of a value.
enum class Unit {
  none,
  bytes,
  bytes_per_second,
  kibibytes,
  seconds,
  milliseconds,
  requests,
  attempts,
  connections,
  files,
  images,
  items,
};

/// The origin of a value.
enum class Source {
  counters,  ///< Counters: code changes the value where the event happens.
  owner,     ///< The object that has the value: it reports the value to a Snapshot.
};

/// One row of the table of metrics (observe/metrics.h): everything that any output shows of one metric. Constant.
struct Metric {
  /// The path of the value in the status JSON, with levels separated by dots. Below "servers[]" there is a value for
  /// each server. Programs read the value by this name, so it does not change.
  std::string_view key;
  Kind kind;
  Unit unit;
  Source source;
  std::string_view group;  ///< `rimfs status` prints the metrics of one group in one line, which begins with this.
  std::string_view label;  ///< The name in that line. Empty: `rimfs status` does not print it.
  std::string_view help;   ///< One sentence that stands alone.

  static constexpr std::string_view kServers = "servers[].";
  constexpr bool per_server() const { return key.starts_with(kServers); }
  /// The path as a JSON pointer (RFC 6901). `server` counts from 0, and is used only for metrics of servers.
  std::string pointer(std::size_t server = 0) const {
    std::string path = per_server() ? "/servers/" + std::to_string(server) + "/" : "/";
    for (const char c : per_server() ? key.substr(kServers.size()) : key) path += c == '.' ? '/' : c;
    return path;
  }
};

/// The name in the documentation: "in progress", "bytes/s".
constexpr std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::counter:
      return "counter";
    case Kind::gauge:
      return "gauge";
    case Kind::in_progress:
      return "in progress";
    case Kind::maximum:
      return "maximum";
    case Kind::info:
      return "info";
  }
  return "";
}

constexpr std::string_view name_of(Unit unit) {
  switch (unit) {
    case Unit::none:
      return "";
    case Unit::bytes:
      return "bytes";
    case Unit::bytes_per_second:
      return "bytes/s";
    case Unit::kibibytes:
      return "KiB";
    case Unit::seconds:
      return "s";
    case Unit::milliseconds:
      return "ms";
    case Unit::requests:
      return "requests";
    case Unit::attempts:
      return "attempts";
    case Unit::connections:
      return "connections";
    case Unit::files:
      return "files";
    case Unit::images:
      return "images";
    case Unit::items:
      return "items";
  }
  return "";
}

}  // namespace rimfs::observe
