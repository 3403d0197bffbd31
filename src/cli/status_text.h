// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace rimfs::cli {

/// Formats a mount's status JSON as lines for people: first the mount, then a line for each group of metrics
/// (observe/metrics.h), then one for each server. Leaves out metrics without a value, because a mount of another
/// version may have other metrics. Text in the JSON is foreign and made printable. Throws Json::exception for a value
/// of another type than the metric's.
std::vector<std::string> status_lines(const std::string& mountpoint, const nlohmann::ordered_json& status);

}  // namespace rimfs::cli
