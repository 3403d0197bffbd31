// SPDX-License-Identifier: MIT
#include "catalog/web/listed_item.h"

#include <utility>

#include "catalog/file_name.h"
#include "http/url.h"

namespace rimfs::catalog {

std::string base_of_names(const std::string& url) {
  std::string base = url.substr(0, url.find_first_of("?#"));
  if (!base.ends_with('/')) base += '/';
  return base;
}

std::optional<Entry> entry_of(ListedItem item, const std::string& base) {
  std::string name = std::move(item.name);
  if (name.ends_with('/')) name.pop_back();
  if (name.find('/') != std::string::npos) return std::nullopt;
  std::optional<std::string> safe = safe_file_name(name);
  if (!safe) return std::nullopt;
  Entry entry{
      std::move(*safe), item.folder, base + http::percent_encode(name) + (item.folder ? "/" : ""), {}, item.modified};
  if (!item.folder) entry.size = item.size;
  return entry;
}

}  // namespace rimfs::catalog
