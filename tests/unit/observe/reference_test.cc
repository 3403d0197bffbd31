// SPDX-License-Identifier: MIT
// The table of metrics in README.md. With RIMFS_UPDATE_REFERENCE set (contrib/update-reference) it is rewritten first.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "observe/metrics.h"

namespace rimfs::observe {
namespace {

constexpr std::string_view kBegin = "<!-- metrics -->\n";
constexpr std::string_view kEnd = "<!-- end of metrics -->\n";

std::string table() {
  std::string all = "| key | kind | unit | meaning |\n|---|---|---|---|\n";
  for (const Metric& metric : kMetrics) {
    all +=
        fmt::format("| `{}` | {} | {} | {} |\n", metric.key, name_of(metric.kind), name_of(metric.unit), metric.help);
  }
  return all;
}

TEST_CASE("the README's table of metrics is the program's own; otherwise run contrib/update-reference") {
  const std::string path = std::string(RIMFS_SAMPLES) + "/../../README.md";  // RIMFS_SAMPLES is tests/rig
  std::ifstream file(path);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::size_t begin = text.find(kBegin);
  const std::size_t end = text.find(kEnd);
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  const std::size_t first = begin + kBegin.size();
  if (std::getenv("RIMFS_UPDATE_REFERENCE") != nullptr) {
    text.replace(first, end - first, table());
    std::ofstream(path) << text;
  }
  CHECK(text.substr(first, text.find(kEnd) - first) == table());
}

}  // namespace
}  // namespace rimfs::observe
