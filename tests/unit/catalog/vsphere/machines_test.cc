// SPDX-License-Identifier: MIT
#include "catalog/vsphere/machines.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "catalog/vsphere/soap.h"
#include "samples.h"

using namespace rimfs;
using namespace rimfs::catalog;
using namespace rimfs::catalog::vsphere;

namespace {

using Path = std::vector<std::string>;

void add(Objects& objects, const std::string& kind, const std::string& object, std::map<std::string, Value> values) {
  objects.kinds[object] = kind;
  objects.properties[object] = std::move(values);
}

void add_store(Objects& objects, const std::string& object, const std::string& name, const std::string& parent = "f",
               const std::string& type = "VMFS", bool accessible = true) {
  add(objects, "Datastore", object,
      {{"name", {"", name, {}}},
       {"parent", {"", parent, {}}},
       {"browser", {"HostDatastoreBrowser", "b-" + object, {}}},
       {"summary.url", {"", "ds:///vmfs/volumes/uuid-" + object + "/", {}}},
       {"summary.type", {"", type, {}}},
       {"summary.accessible", {"", accessible ? "true" : "false", {}}}});
}

/// DC0 with a, "b c" in the cluster pod, object (vSAN), gone; DC1 with another a.
Inventory inventory() {
  Objects objects;
  add(objects, "Datacenter", "dc-0", {{"name", {"", "DC0", {}}}, {"datastore", {"", "", {"a0", "b0", "v0", "g0"}}}});
  add(objects, "Datacenter", "dc-1", {{"name", {"", "DC1", {}}}, {"datastore", {"", "", {"a1"}}}});
  add(objects, "StoragePod", "pod", {{"name", {"", "Pod", {}}}});
  add_store(objects, "a0", "a");
  add_store(objects, "b0", "b c", "pod");
  add_store(objects, "v0", "object", "f", "vsan");
  add_store(objects, "g0", "gone", "f", "NFS", false);
  add_store(objects, "a1", "a");
  return Inventory(objects);
}

DiskFacts disk(const std::vector<BackingFile>& files) {
  DiskFacts facts;
  facts.label = "Hard disk 1";
  facts.backing = "VirtualDiskFlatVer2BackingInfo";
  facts.mode = "persistent";
  facts.size = 1_GiB;
  facts.files = files;
  return facts;
}

/// A machine on a of DC0, off and without any trouble.
MachineFacts web() {
  MachineFacts facts;
  facts.name = "web";
  facts.power = "poweredOff";
  facts.connection = "connected";
  facts.guest = "Debian";
  facts.configuration = "[a] web/web.vmx";
  facts.datastores = {"a0"};
  facts.disks = {disk({{"[a] web/web.vmdk", "a0"}})};
  return facts;
}

std::vector<Machine> found(const MachineFacts& facts, const Path& root = {}, const Path& below = {}) {
  return machines_of({facts}, inventory(), root, below.empty() ? root : below).list;
}

Path kinds(const std::vector<MachineRemark>& remarks) {
  Path all;
  for (const MachineRemark& remark : remarks) all.push_back(remark.kind);
  return all;
}

Path blocks_of(const MachineFacts& facts) { return kinds(found(facts).at(0).blocks); }
Path notes_of(const MachineFacts& facts) { return kinds(found(facts).at(0).notes); }

}  // namespace

TEST_CASE("files of a machine have the paths that lead to them in the tree") {
  MachineFacts facts = web();
  facts.disks.push_back(disk({{"[b c] more/x/web_1.vmdk", "b0"}}));
  const Machine machine = found(facts).at(0);
  CHECK(machine.name == "web");
  CHECK(machine.power == "off");
  CHECK(machine.configuration.path == "DC0/a/web/web.vmx");
  CHECK(machine.disks.at(0).file.path == "DC0/a/web/web.vmdk");
  CHECK(machine.disks.at(1).file.path == "DC0/Pod/b c/more/x/web_1.vmdk");
  CHECK(machine.disks.at(1).file.name == "[b c] more/x/web_1.vmdk");
  CHECK(machine.disks.at(0).size == 1_GiB);
  CHECK(machine.blocks.empty());
}

TEST_CASE("of two datastores with one name the machine's own is meant") {
  MachineFacts facts = web();
  facts.datastores = {"a1"};
  facts.disks.at(0).files.at(0).datastore = "a1";
  CHECK(found(facts).at(0).configuration.path == "DC1/a/web/web.vmx");
  facts.datastores.clear();
  facts.disks.at(0).files.at(0).datastore.clear();
  CHECK(found(facts).at(0).configuration.path.empty());
  CHECK(!found(facts).at(0).blocks.empty());
}

TEST_CASE("a tree that shows a part has the machines in it, with paths from its own root") {
  const MachineFacts facts = web();
  const std::vector<std::pair<Path, std::string>> rows = {
      {{}, "DC0/a/web/web.vmx"},
      {{"DC0"}, "a/web/web.vmx"},
      {{"DC0", "a"}, "web/web.vmx"},
      {{"DC0", "a", "web"}, "web.vmx"},
      {{"DC0", "[a] web"}, "web.vmx"},
      {{"vmfs"}, "volumes/uuid-a0/web/web.vmx"},
      {{"vmfs", "volumes"}, "uuid-a0/web/web.vmx"},
      {{"vmfs", "volumes", "uuid-a0"}, "web/web.vmx"},
      {{"DC1"}, ""},
      {{"DC0", "Pod"}, ""},
      {{"DC0", "a", "we"}, ""},
      {{"DC0", "a", "web", "web.vmx", "x"}, ""},
      {{"nowhere"}, ""},
  };
  for (const auto& [root, path] : rows) {
    const std::string shown = fmt::format("{}", fmt::join(root, "/"));
    CAPTURE(shown);
    const auto machines = found(facts, root);
    CHECK(machines.size() == (path.empty() ? 0 : 1));
    if (!machines.empty()) CHECK(machines.at(0).configuration.path == path);
  }
}

TEST_CASE("a folder below the root chooses machines, and their paths are still from the root") {
  const auto machines = found(web(), {"DC0"}, {"DC0", "a", "web"});
  REQUIRE(machines.size() == 1);
  CHECK(machines.at(0).configuration.path == "a/web/web.vmx");
  CHECK(found(web(), {"DC0"}, {"DC0", "gone"}).empty());
}

TEST_CASE("a disk or parent outside of the tree blocks a conversion") {
  MachineFacts facts = web();
  facts.disks = {disk({{"[a] web/web.vmdk", "a0"}, {"[b c] base/base.vmdk", "b0"}})};
  CHECK(found(facts).at(0).blocks.empty());
  const Machine machine = found(facts, {"DC0", "a"}).at(0);
  CHECK(kinds(machine.blocks) == Path{"outside"});
  CHECK(machine.disks.at(0).parents.at(0).path.empty());
  CHECK(machine.disks.at(0).parents.at(0).name == "[b c] base/base.vmdk");
}

TEST_CASE("each state of a machine that prevents a conversion is a block of its own") {
  struct Row {
    const char* kind;
    void (*make)(MachineFacts&);
  };
  const Row rows[] = {
      {"running", [](MachineFacts& facts) { facts.power = "poweredOn"; }},
      {"suspended", [](MachineFacts& facts) { facts.power = "suspended"; }},
      {"inaccessible", [](MachineFacts& facts) { facts.connection = "orphaned"; }},
      {"template", [](MachineFacts& facts) { facts.is_template = true; }},
      {"encrypted", [](MachineFacts& facts) { facts.encrypted = true; }},
      {"encrypted", [](MachineFacts& facts) { facts.disks.at(0).encrypted = true; }},
      {"no-disk", [](MachineFacts& facts) { facts.disks.clear(); }},
      {"rdm", [](MachineFacts& facts) { facts.disks.at(0).backing = "VirtualDiskRawDiskMappingVer1BackingInfo"; }},
      {"missing", [](MachineFacts& facts) { facts.missing = {"[a] web/web.vmdk"}; }},
      {"no-file",
       [](MachineFacts& facts) {
         facts.disks.at(0).files = {{"", "a0"}};
       }},
      {"hidden",
       [](MachineFacts& facts) {
         facts.disks.at(0).files = {{"[x] y.vmdk", "x0"}};
       }},
      {"vsan",
       [](MachineFacts& facts) {
         facts.disks.at(0).files = {{"[object] 1/y.vmdk", "v0"}};
       }},
      {"datastore",
       [](MachineFacts& facts) {
         facts.disks.at(0).files = {{"[gone] 1/y.vmdk", "g0"}};
       }},
  };
  CHECK(blocks_of(web()).empty());
  for (const Row& row : rows) {
    CAPTURE(row.kind);
    MachineFacts facts = web();
    row.make(facts);
    CHECK(blocks_of(facts) == Path{row.kind});
  }
}

TEST_CASE("an independent disk blocks only while the machine runs, because no snapshot unlocks it") {
  MachineFacts facts = web();
  facts.disks.at(0).mode = "independent_nonpersistent";
  CHECK(blocks_of(facts).empty());
  CHECK(notes_of(facts) == Path{"independent"});
  facts.power = "poweredOn";
  CHECK(blocks_of(facts) == Path{"running", "independent"});
}

TEST_CASE("snapshots, other folders and change tracking are notes") {
  MachineFacts facts = web();
  CHECK(notes_of(facts).empty());
  facts.tracks_changes = true;
  facts.has_snapshot = true;
  facts.disks = {disk({{"[a] web/web-000001.vmdk", "a0"}, {"[a] web/web.vmdk", "a0"}})};
  const Machine machine = found(facts).at(0);
  CHECK(kinds(machine.notes) == Path{"snapshot", "snapshot-chain", "changed-block-tracking"});
  CHECK(machine.notes.at(1).text == "Hard disk 1: the current disk is '[a] web/web-000001.vmdk', over 1 other disk");
  CHECK(machine.blocks.empty());
  facts.disks = {disk({{"[a] web/web.vmdk", "a0"}, {"[a] base/base.vmdk", "a0"}})};
  CHECK(kinds(found(facts).at(0).notes) ==
        Path{"snapshot", "snapshot-chain", "absolute-paths", "changed-block-tracking"});
  facts = web();
  facts.disks = {disk({{"[b c] web/web.vmdk", "b0"}})};
  CHECK(notes_of(facts) == Path{"absolute-paths"});
}

TEST_CASE("a machine without a known place is only among those of the whole server") {
  MachineFacts facts = web();
  facts.configuration.clear();
  CHECK(blocks_of(facts) == Path{"no-file"});
  CHECK(found(facts, {"DC0"}).empty());
}

TEST_CASE("names that are no file names have the form that the mount shows") {
  MachineFacts facts = web();
  facts.configuration = "[a] we\nb/we\x01.vmx";
  CHECK(found(facts).at(0).configuration.path == "DC0/a/we%0Ab/we%01.vmx");
}
