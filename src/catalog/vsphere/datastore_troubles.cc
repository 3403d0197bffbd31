// SPDX-License-Identifier: MIT
#include "catalog/vsphere/datastore_troubles.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <string>

#include "base/ascii.h"
#include "base/work.h"

namespace rimfs::catalog::vsphere {
namespace {

constexpr std::string_view kKeepsObjects =
    "on vSAN or vVol, which keep disks as objects; no file server of vSphere offers them: export the machine, or move "
    "the disk to another datastore";

/// "DATACENTER/DATASTORE" -> its trouble.
std::map<std::string, std::string_view> troubles_in(const Inventory* inventory) {
  std::map<std::string, std::string_view> troubles;
  if (!inventory) return troubles;
  for (const Datacenter& datacenter : inventory->datacenters()) {
    for (const Datastore& datastore : datacenter.datastores) {
      count_work(1);
      const std::string_view trouble = trouble_of(datastore);
      if (trouble.empty()) continue;
      troubles.emplace(fmt::format("{}/{}", fmt::join(datacenter.path, "/"), datastore.shown), trouble);
    }
  }
  return troubles;
}

}  // namespace

bool keeps_objects(const Datastore& datastore) {
  const std::string type = lower(datastore.type);
  return type == "vsan" || type == "vvol";
}

std::string_view trouble_of(const Datastore& datastore) {
  if (!datastore.accessible) return "not accessible: no host of the server reaches it now";
  const bool normal = datastore.maintenance.empty() || datastore.maintenance == "normal";
  if (!normal) return "in maintenance mode";
  return keeps_objects(datastore) ? kKeepsObjects : "";
}

std::vector<std::string> new_troubles(const Inventory* before, const Inventory& now) {
  std::vector<std::string> found;
  const auto known = troubles_in(before);
  for (const auto& [name, trouble] : troubles_in(&now)) {
    const auto old = known.find(name);
    if (old == known.end() || old->second != trouble)
      found.push_back(fmt::format("the datastore '{}' is {}", name, trouble));
  }
  return found;
}

}  // namespace rimfs::catalog::vsphere
