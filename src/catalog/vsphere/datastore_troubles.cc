// SPDX-License-Identifier: MIT
#include "catalog/vsphere/datastore_troubles.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <string>

#include "base/ascii.h"

namespace rimfs::catalog::vsphere {
namespace {

/// "DATACENTER/DATASTORE" -> its trouble.
std::map<std::string, std::string_view> troubles_in(const Inventory* inventory) {
  std::map<std::string, std::string_view> troubles;
  if (!inventory) return troubles;
  for (const Datacenter& datacenter : inventory->datacenters()) {
    for (const Datastore& datastore : datacenter.datastores) {
      const std::string_view trouble = trouble_of(datastore);
      if (trouble.empty()) continue;
      troubles.emplace(fmt::format("{}/{}", fmt::join(datacenter.path, "/"), datastore.shown), trouble);
    }
  }
  return troubles;
}

}  // namespace

std::string_view trouble_of(const Datastore& datastore) {
  if (!datastore.accessible) return "not accessible: no host of the server reaches it now";
  const bool normal = datastore.maintenance.empty() || datastore.maintenance == "normal";
  if (!normal) return "in maintenance mode";
  const std::string type = lower(datastore.type);
  if (type == "vsan") return "on vSAN, which keeps disks as objects; no file server of vSphere offers them";
  if (type == "vvol") return "a vVol datastore, which keeps disks as objects; no file server of vSphere offers them";
  return "";
}

void log_new_troubles(Log& log, const Inventory* before, const Inventory& now) {
  const auto known = troubles_in(before);
  for (const auto& [name, trouble] : troubles_in(&now)) {
    const auto found = known.find(name);
    if (found == known.end() || found->second != trouble) log.warning("the datastore '{}' is {}", name, trouble);
  }
}

std::string_view reason_without_files(const Datastore& datastore) {
  const std::string type = lower(datastore.type);
  if (type == "vsan") {
    return "; vSAN keeps disks as objects, which no file server of vSphere offers; export the machine, or move the "
           "disk to another datastore";
  }
  if (type == "vvol") {
    return "; a vVol datastore keeps disks as objects, which no file server of vSphere offers; export the machine, or "
           "move the disk to another datastore";
  }
  return "";
}

}  // namespace rimfs::catalog::vsphere
