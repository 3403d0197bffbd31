// SPDX-License-Identifier: MIT
#include "http/cookies.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/split.h"

namespace rimfs::http {
namespace {

/// The most cookies of a server that are kept; browsers keep 50 to 180 (RFC 6265, section 6.1, asks for 50).
constexpr std::size_t kMost = 50;

/// The longest cookie that is kept: what RFC 6265, section 6.1, asks for and browsers keep. Servers refuse heads of 8
/// to 64 KiB, so a longer one would make every request fail.
constexpr std::size_t kLongest = 4096;

/// RFC 6265, section 5.1.4.
bool is_path_below(std::string_view path, std::string_view folder) {
  if (!path.starts_with(folder)) return false;
  return path.size() == folder.size() || folder.ends_with('/') || path[folder.size()] == '/';
}

}  // namespace

Cookies::Cookies(std::string_view header) {
  for (const std::string_view pair : split(header, ';')) set(trimmed(pair));
}

void Cookies::set(std::string_view pair) {
  const std::size_t equals = pair.find('=');
  if (equals == std::string_view::npos || equals == 0 || pair.size() > kLongest) return;
  const std::string_view name = trimmed(pair.substr(0, equals));
  const std::string_view value = trimmed(pair.substr(equals + 1));
  const auto known = std::find_if(pairs_.begin(), pairs_.end(), [&](const auto& one) { return one.first == name; });
  if (value.empty() || value == "\"\"") {
    if (known != pairs_.end()) pairs_.erase(known);
  } else if (known != pairs_.end()) {
    known->second = value;
  } else if (pairs_.size() < kMost) {
    pairs_.emplace_back(name, value);
  }
}

void Cookies::set_all(const std::vector<std::string>& pairs) {
  for (const std::string& pair : pairs) set(pair);
}

Cookies Cookies::of_jar(const std::vector<std::string>& lines, const Target& target) {
  constexpr std::size_t kFields = 7;  // domain, subdomains too, path, secure, expiry, name, value
  const std::string_view host = target.host;
  constexpr std::string_view kHttpOnly = "#HttpOnly_";
  Cookies cookies;
  for (std::string_view line : lines) {
    if (line.starts_with(kHttpOnly)) line.remove_prefix(kHttpOnly.size());
    std::vector<std::string_view> fields;
    for (const std::string_view field : split(line, '\t')) fields.push_back(field);
    if (fields.size() != kFields) continue;
    std::string_view domain = fields[0];
    if (domain.starts_with('.')) domain.remove_prefix(1);
    const bool below = fields[1] == "TRUE" && host.size() > domain.size() &&
                       host[host.size() - domain.size() - 1] == '.' &&
                       equal_ignoring_case(host.substr(host.size() - domain.size()), domain);
    const bool of_host = below || equal_ignoring_case(host, domain);
    const bool of_path = is_path_below(target.path, fields[2]) && (target.https || fields[3] != "TRUE");
    if (of_host && of_path) cookies.set(std::string(fields[5]).append("=").append(fields[6]));
  }
  return cookies;
}

void Cookies::remove(const Cookies& others) {
  std::erase_if(pairs_, [&](const auto& mine) {
    return std::any_of(others.pairs_.begin(), others.pairs_.end(),
                       [&](const auto& other) { return other.first == mine.first; });
  });
}

std::string Cookies::header() const {
  std::string header;
  for (const auto& [name, value] : pairs_) {
    if (!header.empty()) header += "; ";
    header.append(name).append("=").append(value);
  }
  return header;
}

}  // namespace rimfs::http
