// SPDX-License-Identifier: MIT
#include "http/exchange_record.h"

#include "base/ascii.h"

namespace rimfs::http {
namespace {

/// The line that begins the last head.
std::size_t last_status_line(const std::vector<std::string>& lines) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].starts_with("HTTP/")) found = i;
  }
  return found;
}

}  // namespace

std::vector<std::string> ExchangeRecord::header_lines(const std::string& name) const {
  std::vector<std::string> values;
  for (std::size_t i = last_status_line(head_lines); i < head_lines.size(); ++i) {
    const std::string_view line = head_lines[i];
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || lower(std::string(line.substr(0, colon))) != name) continue;
    values.emplace_back(trimmed(line.substr(colon + 1), " \t"));
  }
  return values;
}

std::optional<std::string> ExchangeRecord::header(const std::string& name) const {
  std::vector<std::string> values = header_lines(name);
  if (values.empty()) return std::nullopt;
  return std::move(values.back());
}

std::string ExchangeRecord::http_version() const {
  if (head_lines.empty()) return "";
  const std::string& line = head_lines[last_status_line(head_lines)];
  return line.substr(0, line.find(' '));
}

}  // namespace rimfs::http
