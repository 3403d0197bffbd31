// SPDX-License-Identifier: MIT
#include "cli/status_text.h"

#include <fmt/format.h>

#include "base/json_number.h"
#include "base/printable.h"
#include "base/quantity_text.h"
#include "observe/metrics.h"

namespace rimfs::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string shown(const Json& value, observe::Unit unit) {
  if (value.is_string()) return printable(value.get<std::string>());
  switch (unit) {
    case observe::Unit::bytes:
      return show_mebibytes({json_integer<std::uint64_t>(value)});
    case observe::Unit::bytes_per_second:
      return show_mebibytes({json_integer<std::uint64_t>(value)}) + "/s";
    case observe::Unit::milliseconds:
      return fmt::format("{:.1f} ms", value.get<double>());
    case observe::Unit::kibibytes:
    case observe::Unit::seconds:
      return fmt::format("{} {}", json_integer<std::int64_t>(value), name_of(unit));
    default:  // the label names what is counted
      return fmt::format("{}", json_integer<std::int64_t>(value));
  }
}

/// "TITLE: LABEL VALUE, LABEL VALUE" for the metrics that `belongs` selects. Empty when none has a value.
template <typename Belongs>
std::string line(const std::string& title, const Json& status, std::size_t server, Belongs belongs) {
  std::string all;
  for (const observe::Metric& metric : observe::kMetrics) {
    if (metric.label.empty() || !belongs(metric)) continue;
    const Json::json_pointer path(metric.pointer(server));
    if (!status.contains(path)) continue;
    all += fmt::format("{} {} {}", all.empty() ? ":" : ",", metric.label, shown(status.at(path), metric.unit));
  }
  return all.empty() ? all : title + all;
}

}  // namespace

std::vector<std::string> status_lines(const std::string& mountpoint, const Json& status) {
  std::vector<std::string> lines;
  std::string_view last = "none yet";
  for (const observe::Metric& first : observe::kMetrics) {
    if (first.per_server() || first.group == last) continue;
    last = first.group;
    const std::string title = last.empty() ? printable(mountpoint) : "  " + std::string(last);
    lines.push_back(line(title, status, 0, [last](const observe::Metric& metric) {
      return !metric.per_server() && metric.group == last;
    }));
  }
  for (std::size_t i = 0; i < status.at("servers").size(); ++i) {
    const std::string origin = printable(status.at("servers").at(i).at("origin").get<std::string>());
    lines.push_back(line("  " + origin, status, i, [](const observe::Metric& metric) { return metric.per_server(); }));
  }
  std::erase(lines, std::string());
  return lines;
}

}  // namespace rimfs::cli
