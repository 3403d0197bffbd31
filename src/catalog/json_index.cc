// SPDX-License-Identifier: MIT
#include "catalog/json_index.h"

#include <curl/curl.h>

#include <cstdint>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "catalog/file_name.h"
#include "http/url.h"

namespace rimfs::catalog {
namespace {

using Json = nlohmann::json;

/// nginx: "Sat, 03 Feb 2024 04:05:06 GMT"; Caddy: "2024-02-03T04:05:06Z", perhaps with a fraction.
std::optional<std::int64_t> time_of(const Json& item) {
  for (const char* key : {"mtime", "mod_time"}) {
    const auto found = item.find(key);
    if (found == item.end() || !found->is_string()) continue;
    const std::string text = found->get<std::string>();
    std::tm time{};
    if (::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &time) != nullptr) return timegm(&time);
    const time_t seconds = curl_getdate(text.c_str(), nullptr);
    if (seconds >= 0) return seconds;
  }
  return std::nullopt;
}

/// Nothing for one that no offset reaches: those are signed in every system call.
std::optional<ByteCount> size_of(const Json& item) {
  const auto size = item.find("size");
  if (size == item.end() || !size->is_number_unsigned()) return std::nullopt;
  const auto value = size->get<std::uint64_t>();
  return value <= static_cast<std::uint64_t>(INT64_MAX) ? std::optional(ByteCount{value}) : std::nullopt;
}

bool is_folder(const Json& item) {
  const auto type = item.find("type");
  if (type != item.end() && type->is_string()) return type->get<std::string>() == "directory";
  const auto flag = item.find("is_dir");
  return flag != item.end() && flag->is_boolean() && flag->get<bool>();
}

std::optional<Entry> entry_of(const Json& item, const std::string& base) {
  const auto found = item.is_object() ? item.find("name") : item.end();
  if (found == item.end() || !found->is_string()) return std::nullopt;
  std::string name = found->get<std::string>();
  const bool folder = is_folder(item);
  if (name.ends_with('/')) name.pop_back();  // Caddy marks folders so
  if (name.find('/') != std::string::npos) return std::nullopt;
  std::optional<std::string> safe = safe_file_name(name);
  if (!safe) return std::nullopt;
  Entry entry{std::move(*safe), folder, base + http::percent_encode(name) + (folder ? "/" : ""), {}, time_of(item)};
  if (!folder) entry.size = size_of(item);
  return entry;
}

}  // namespace

Entries read_json_index(std::string_view json, const std::string& url) {
  const Json page = Json::parse(json, nullptr, false);
  if (!page.is_array()) throw Error(ErrorKind::corrupt, "a listing in JSON that is no array");
  std::string base = url.substr(0, url.find_first_of("?#"));
  if (!base.ends_with('/')) base += '/';
  Entries entries;
  for (const Json& item : page) {
    if (auto entry = entry_of(item, base)) entries.push_back(std::move(*entry));
  }
  return entries;
}

}  // namespace rimfs::catalog
