// SPDX-License-Identifier: MIT
#include "catalog/machine.h"

#include <nlohmann/json.hpp>

#include "base/work.h"

namespace rimfs::catalog {
namespace {

using Json = nlohmann::ordered_json;

void add_prefix(MachineFile& file, std::string_view prefix) {
  if (!file.path.empty()) file.path.insert(0, std::string(prefix) + "/");
}

Json json_of(const MachineFile& file) { return {{"name", file.name}, {"path", file.path}}; }

Json json_of(const MachineDisk& disk) {
  Json json = {{"label", disk.label}, {"size", disk.size.value}, {"name", disk.file.name}, {"path", disk.file.path}};
  Json parents = Json::array();
  for (const MachineFile& parent : disk.parents) parents.push_back(json_of(parent));
  json["parents"] = std::move(parents);
  return json;
}

Json json_of(const std::vector<MachineRemark>& remarks) {
  Json list = Json::array();
  for (const MachineRemark& remark : remarks) list.push_back({{"kind", remark.kind}, {"text", remark.text}});
  return list;
}

Json json_of(const Machine& machine) {
  Json disks = Json::array();
  for (const MachineDisk& disk : machine.disks) disks.push_back(json_of(disk));
  return {{"name", machine.name},
          {"power", machine.power},
          {"guest", machine.guest},
          {"configuration", json_of(machine.configuration)},
          {"disks", std::move(disks)},
          {"ready", machine.blocks.empty()},
          {"blocks", json_of(machine.blocks)},
          {"notes", json_of(machine.notes)}};
}

}  // namespace

void add_prefix(Machines& machines, std::string_view prefix) {
  if (prefix.empty()) return;
  for (Machine& machine : machines.list) {
    add_prefix(machine.configuration, prefix);
    for (MachineDisk& disk : machine.disks) {
      add_prefix(disk.file, prefix);
      for (MachineFile& parent : disk.parents) add_prefix(parent, prefix);
    }
  }
}

std::string machines_json(const Machines& machines) {
  Json all = {{"machines", Json::array()}, {"failures", machines.failures}};
  for (const Machine& machine : machines.list) {
    count_work(1);
    all["machines"].push_back(json_of(machine));
  }
  return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace rimfs::catalog
