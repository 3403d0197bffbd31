// SPDX-License-Identifier: MIT
#include "catalog/vsphere/folder_url.h"

#include <fmt/format.h>

#include <algorithm>

#include "http/url.h"

namespace rimfs::catalog::vsphere {
namespace {

std::string encoded(const std::string& text, bool twice) {
  const std::string once = http::percent_encode(text);
  return twice ? http::percent_encode(once) : once;
}

}  // namespace

std::string folder_target(const Place& place, bool folder, const Spelling& spelling) {
  std::string path;
  for (const std::string& name : place.path) path += "/" + encoded(name, spelling.path_twice);
  if (folder && spelling.folder_slash && !path.empty()) path += "/";
  const std::string dc_path = (spelling.leading_slash ? "/" : "") + place.datacenter->dc_path;
  return fmt::format("/folder{}?dcPath={}&dsName={}", path, encoded(dc_path, spelling.query_twice),
                     encoded(place.datastore->name, spelling.query_twice));
}

std::string folder_url(const std::string& server, const Place& place, bool folder, const Spelling& spelling) {
  return http::resolve_location(server, folder_target(place, folder, spelling));
}

std::vector<Spelling> spellings_of(const Place& place, bool folder, const Spelling& first) {
  std::vector<Spelling> spellings{first};
  std::vector<std::string> targets{folder_target(place, folder, first)};
  // The likeliest difference comes first: one bit of `others` is one member that differs from `first`.
  for (unsigned others = 1; others < 16; ++others) {
    Spelling other = first;
    if (others & 1U) other.query_twice = !other.query_twice;
    if (others & 2U) other.folder_slash = !other.folder_slash;
    if (others & 4U) other.leading_slash = !other.leading_slash;
    if (others & 8U) other.path_twice = !other.path_twice;
    std::string target = folder_target(place, folder, other);
    if (std::find(targets.begin(), targets.end(), target) != targets.end()) continue;
    targets.push_back(std::move(target));
    spellings.push_back(other);
  }
  return spellings;
}

}  // namespace rimfs::catalog::vsphere
