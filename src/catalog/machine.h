// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace rimfs::catalog {

/// One fact about a virtual machine that its user should know before the disks are read. A plain value.
struct MachineRemark {
  std::string kind;  ///< One word for programs, such as "running" or "rdm"; the README lists them.
  std::string text;  ///< What it is, why it matters, and what to do, for people.
};

/// A file of a virtual machine. A plain value.
struct MachineFile {
  std::string name;  ///< As the server writes it: "[datastore] folder/name.vmdk".
  std::string path;  ///< Below the root of the tree, names divided by "/". Empty: not in the tree.
};

/// A virtual disk. A plain value.
struct MachineDisk {
  std::string label;  ///< "Hard disk 1"
  ByteCount size;     ///< As the guest sees it.
  MachineFile file;   ///< The descriptor that the machine uses now.
  /// The descriptors below it, the nearest first: of earlier snapshots, and of the machine that a linked clone was made
  /// from.
  std::vector<MachineFile> parents;
};

/// A virtual machine whose files are in a tree. A plain value.
struct Machine {
  std::string name;
  std::string power;          ///< "on", "off", "suspended", or "unknown".
  std::string guest;          ///< The guest's operating system, in the server's words.
  MachineFile configuration;  ///< Its .vmx file.
  std::vector<MachineDisk> disks;
  std::vector<MachineRemark> blocks;  ///< Why its disks cannot be converted now. Empty: they can.
  std::vector<MachineRemark> notes;   ///< What a conversion should know, and what does not prevent it.
};

/// The virtual machines of one or several servers. A plain value.
struct Machines {
  std::vector<Machine> list;
  std::vector<std::string> failures;  ///< A message for each server that could not be asked.
};

/// Puts the names of folders before every path that lies in the tree: "center" makes "DC0/x.vmx" "center/DC0/x.vmx".
/// An empty prefix changes nothing. Pure.
void add_prefix(Machines& machines, std::string_view prefix);

/// {"machines": [...], "failures": [...]}, as `rimfs vms` reads it. Bytes that are not UTF-8 are replaced. Takes as
/// long as the list is, so large ones run on a pool. Pure.
std::string machines_json(const Machines& machines);

}  // namespace rimfs::catalog
