// SPDX-License-Identifier: MIT
#include "catalog/vsphere/machines.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/work.h"
#include "catalog/vsphere/datastore_troubles.h"
#include "catalog/vsphere/file_places.h"

namespace rimfs::catalog::vsphere {
namespace {

/// The tree that is shown.
struct Tree {
  FilePlaces places;
  InventoryFolder root;
};

/// A disk's file, with what the inventory knows of it.
struct PlacedFile {
  MachineFile file;
  std::optional<Place> place;
};

std::string power_of(const MachineFacts& facts) {
  if (facts.power == "poweredOn") return "on";
  if (facts.power == "poweredOff") return "off";
  return facts.power == "suspended" ? "suspended" : "unknown";
}

PlacedFile placed(const std::string& name, const std::set<std::string>& datastores, const Tree& tree) {
  PlacedFile found{{name, {}}, tree.places.find(name, datastores)};
  if (found.place) found.file.path = tree.root.path_of(*found.place).value_or("");
  return found;
}

PlacedFile placed(const BackingFile& file, const MachineFacts& facts, const Tree& tree) {
  if (file.datastore.empty()) return placed(file.name, facts.datastores, tree);
  return placed(file.name, {file.datastore}, tree);
}

// ---- What prevents a conversion. Each row: when, and what to say.

struct MachineBlock {
  const char* kind;
  bool (*applies)(const MachineFacts& facts);
  const char* text;
};

constexpr MachineBlock kMachineBlocks[] = {
    {"running", [](const MachineFacts& facts) { return facts.power == "poweredOn"; },
     "the machine is running, and the server locks its disks; shut the guest down"},
    {"suspended", [](const MachineFacts& facts) { return facts.power == "suspended"; },
     "the machine is suspended, so its file systems are not clean; resume it and shut the guest down"},
    {"inaccessible",
     [](const MachineFacts& facts) { return !facts.connection.empty() && facts.connection != "connected"; },
     "the server cannot reach the machine now; see its state in the vSphere client"},
    {"template", [](const MachineFacts& facts) { return facts.is_template; },
     "it is a template; deploy a machine from it, or convert the template to a machine"},
    {"encrypted",
     [](const MachineFacts& facts) {
       return facts.encrypted ||
              std::any_of(facts.disks.begin(), facts.disks.end(), [](const DiskFacts& disk) { return disk.encrypted; });
     },
     "the machine is encrypted, and its disks cannot be read without the server's keys; decrypt it (edit its storage "
     "policy)"},
    {"no-disk", [](const MachineFacts& facts) { return facts.disks.empty(); },
     "the server tells of no disk of this machine; see its hardware in the vSphere client"},
};

bool is_raw(const DiskFacts& disk) { return disk.backing.find("RawDisk") != std::string::npos; }

bool is_independent(const DiskFacts& disk) { return disk.mode.starts_with("independent"); }

/// Why the file of a disk cannot be read; nothing when it can.
std::optional<MachineRemark> reason_against(const PlacedFile& one, const MachineFacts& facts) {
  if (one.file.name.empty()) {
    return MachineRemark{"no-file",
                         "the server does not report the disk's file; see the machine's disks in the vSphere client, "
                         "and the user's permissions"};
  }
  if (facts.missing.contains(one.file.name)) {
    return MachineRemark{"missing",
                         "the server cannot find or open the file; see the machine's disks in the vSphere client"};
  }
  if (!one.place) {
    return MachineRemark{"hidden", "its datastore is not one that this user may see; see the user's permissions"};
  }
  const Datastore& datastore = *one.place->datastore;
  if (keeps_objects(datastore)) {
    return MachineRemark{lower(datastore.type),
                         fmt::format("the datastore '{}' keeps disks as objects, which no file server of vSphere "
                                     "offers; move the disk to another datastore, or export the machine",
                                     datastore.shown)};
  }
  if (!datastore.accessible) {
    return MachineRemark{"datastore", fmt::format("no host of the server reaches the datastore '{}' now; see its state "
                                                  "in the vSphere client",
                                                  datastore.shown)};
  }
  if (one.file.path.empty()) {
    return MachineRemark{"outside", "the file is not in this mount; mount the whole server"};
  }
  return std::nullopt;
}

void add_block(Machine& machine, std::string kind, const std::string& what, const std::string& text) {
  machine.blocks.push_back({std::move(kind), fmt::format("{}: {}", what, text)});
}

void add_blocks(Machine& machine, const DiskFacts& disk, const std::vector<PlacedFile>& files,
                const MachineFacts& facts) {
  if (is_raw(disk)) {
    add_block(machine, "rdm", disk.label,
              "it is a raw device (RDM), whose data is on a LUN and not in the datastore; migrate it to a virtual "
              "disk, or read the LUN itself");
    return;
  }
  if (is_independent(disk) && facts.power == "poweredOn") {
    add_block(machine, "independent", disk.label,
              "it is independent: a snapshot does not unlock it; shut the guest down");
  }
  for (const PlacedFile& one : files) {
    const std::optional<MachineRemark> reason = reason_against(one, facts);
    if (reason) add_block(machine, reason->kind, one.file.name.empty() ? disk.label : one.file.name, reason->text);
  }
}

// ---- What a conversion should know.

/// True when a file names another by its absolute path: it is in another folder.
bool is_apart(const PlacedFile& from, const PlacedFile& to) {
  if (!from.place || !to.place) return false;
  const auto folder = [](const Place& place) {
    return std::vector<std::string>(place.path.begin(), place.path.empty() ? place.path.end() : place.path.end() - 1);
  };
  return from.place->datastore != to.place->datastore || folder(*from.place) != folder(*to.place);
}

void add_notes(Machine& machine, const DiskFacts& disk, const std::vector<PlacedFile>& files) {
  if (files.size() > 1) {
    machine.notes.push_back({"snapshot-chain", fmt::format("{}: the current disk is '{}', over {} other {}", disk.label,
                                                           files.front().file.name, files.size() - 1,
                                                           files.size() == 2 ? "disk" : "disks")});
  }
  if (is_independent(disk)) {
    machine.notes.push_back(
        {"independent",
         fmt::format("{}: it is {}, so snapshots leave it out", disk.label,
                     disk.mode == "independent_nonpersistent" ? "independent and not persistent" : "independent")});
  }
}

// ---- One machine

MachineDisk disk_of(const DiskFacts& facts, const std::vector<PlacedFile>& files) {
  MachineDisk disk{facts.label, facts.size, files.front().file, {}};
  for (std::size_t i = 1; i < files.size(); ++i) disk.parents.push_back(files[i].file);
  return disk;
}

Machine machine_of(const MachineFacts& facts, const PlacedFile& configuration, const Tree& tree) {
  Machine machine{facts.name, power_of(facts), facts.guest, configuration.file, {}, {}, {}};
  for (const MachineBlock& block : kMachineBlocks) {
    if (block.applies(facts)) machine.blocks.push_back({block.kind, block.text});
  }
  if (configuration.file.path.empty()) {
    const bool unnamed = configuration.file.name.empty();
    add_block(machine, unnamed ? "no-file" : "outside", unnamed ? "configuration" : configuration.file.name,
              unnamed ? "the server does not report the machine's .vmx; see the machine in the vSphere client"
                      : "the .vmx is in a datastore that this mount does not show; mount the whole server, or see the "
                        "user's permissions");
  }
  if (facts.has_snapshot) machine.notes.push_back({"snapshot", "the machine has snapshots"});
  bool apart = false;
  for (const DiskFacts& disk : facts.disks) {
    std::vector<PlacedFile> files;
    for (const BackingFile& file : disk.files) files.push_back(placed(file, facts, tree));
    const PlacedFile* above = &configuration;
    for (const PlacedFile& file : files) {
      apart = apart || is_apart(*above, file);
      above = &file;
    }
    machine.disks.push_back(disk_of(disk, files));
    add_blocks(machine, disk, files, facts);
    add_notes(machine, disk, files);
  }
  if (apart) {
    machine.notes.push_back({"absolute-paths",
                             "its files name one another by /vmfs/volumes/...; make this path lead to the folder vmfs "
                             "of the mount (README, \"Convert a VMware guest\")"});
  }
  if (facts.tracks_changes) machine.notes.push_back({"changed-block-tracking", "changed-block tracking is on"});
  return machine;
}

}  // namespace

Machines machines_of(const std::vector<MachineFacts>& facts, const Inventory& inventory,
                     const std::vector<std::string>& root, const std::vector<std::string>& below) {
  const Tree tree{FilePlaces(inventory), InventoryFolder(inventory, root)};
  const InventoryFolder folder(inventory, below);
  Machines machines;
  for (const MachineFacts& one : facts) {
    count_work(1);
    const PlacedFile configuration = placed(one.configuration, one.datastores, tree);
    const bool inside = configuration.place ? folder.has(*configuration.place) : folder.is_top();
    if (inside) machines.list.push_back(machine_of(one, configuration, tree));
  }
  return machines;
}

}  // namespace rimfs::catalog::vsphere
