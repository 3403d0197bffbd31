// SPDX-License-Identifier: MIT
#include "catalog/machine.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

using namespace rimfs;
using namespace rimfs::catalog;

namespace {

Machines some() {
  Machine machine{"web", "off", "Debian", {"[a] web.vmx", "a/web.vmx"}, {}, {}, {{"snapshot", "it has one"}}};
  machine.disks.push_back({"Hard disk 1", 1_MiB, {"[a] 1.vmdk", "a/1.vmdk"}, {{"[b] 0.vmdk", ""}}});
  return {{machine}, {"a server is gone"}};
}

}  // namespace

TEST_CASE("machines are written as JSON, with what programs ask for") {
  const auto json = nlohmann::json::parse(machines_json(some()));
  CHECK(json.at("failures") == nlohmann::json{"a server is gone"});
  const auto& machine = json.at("machines").at(0);
  CHECK(machine.at("name") == "web");
  CHECK(machine.at("ready") == true);
  CHECK(machine.at("configuration").at("path") == "a/web.vmx");
  CHECK(machine.at("disks").at(0).at("size") == 1 << 20);
  CHECK(machine.at("disks").at(0).at("parents").at(0).at("name") == "[b] 0.vmdk");
  CHECK(machine.at("notes").at(0).at("kind") == "snapshot");
  CHECK(machine.at("blocks").is_array());
  CHECK(machine.at("blocks").empty());
}

TEST_CASE("a machine with a block is not ready") {
  Machines machines = some();
  machines.list.at(0).blocks.push_back({"running", "it runs"});
  CHECK(nlohmann::json::parse(machines_json(machines)).at("machines").at(0).at("ready") == false);
}

TEST_CASE("bytes that are not UTF-8 do not break the JSON") {
  Machines machines = some();
  machines.list.at(0).name = "\xff\xfe";
  CHECK(nlohmann::json::accept(machines_json(machines)));
}

TEST_CASE("a prefix comes before every path that is in the tree, and before no other") {
  Machines machines = some();
  add_prefix(machines, "center");
  CHECK(machines.list.at(0).configuration.path == "center/a/web.vmx");
  CHECK(machines.list.at(0).configuration.name == "[a] web.vmx");
  CHECK(machines.list.at(0).disks.at(0).file.path == "center/a/1.vmdk");
  CHECK(machines.list.at(0).disks.at(0).parents.at(0).path.empty());
  add_prefix(machines, "");
  CHECK(machines.list.at(0).configuration.path == "center/a/web.vmx");
}
