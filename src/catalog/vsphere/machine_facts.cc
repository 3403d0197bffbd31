// SPDX-License-Identifier: MIT
#include "catalog/vsphere/machine_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>

#include "base/error.h"
#include "base/work.h"

namespace rimfs::catalog::vsphere {
namespace {

constexpr ByteCount kMostKept = 64_MiB;

/// vSphere permits 32 snapshots in a chain. A longer chain is cut here: no tool opens it.
constexpr std::size_t kLongestChain = 64;

bool is_true(const Element& value) { return value.text() == "true" || value.text() == "1"; }

std::uint64_t number_of(const Element& value) {
  const std::string text = value.text();
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc{} && end == text.data() + text.size() ? number : 0;
}

/// Servers before 5.5 tell KiB only.
ByteCount capacity_of(const Element& device) {
  const std::uint64_t bytes = number_of(device.child("capacityInBytes"));
  if (bytes != 0) return ByteCount{bytes};
  constexpr std::uint64_t kMost = UINT64_MAX / 1024;
  return ByteCount{std::min(number_of(device.child("capacityInKB")), kMost) * 1024};
}

DiskFacts disk_of(const Element& device) {
  DiskFacts disk;
  Element backing = device.child("backing");
  disk.label = device.child("deviceInfo").child("label").text();
  disk.backing = backing.type(true);
  disk.mode = backing.child("diskMode").text();
  disk.encrypted = static_cast<bool>(backing.child("keyId"));
  disk.size = capacity_of(device);
  do {
    disk.files.push_back({backing.child("fileName").text(), backing.child("datastore").text()});
    backing = backing.child("parent");
  } while (backing && disk.files.size() < kLongestChain);
  return disk;
}

void read_devices(MachineFacts& machine, const Element& value) {
  machine.disks.clear();
  for (const Element& device : value.children()) {
    if (device.type(true) == "VirtualDisk") machine.disks.push_back(disk_of(device));
  }
}

void read_datastores(MachineFacts& machine, const Element& value) {
  for (const Element& datastore : value.children()) machine.datastores.insert(datastore.text());
}

void read_layout(MachineFacts& machine, const Element& value) {
  for (const Element& file : value.children("file")) {
    if (file.child("accessible").text() == "false") machine.missing.insert(file.child("name").text());
  }
}

/// One property: its path, and what its value sets.
struct PropertyRow {
  std::string_view path;
  void (*read)(MachineFacts& machine, const Element& value);
};

constexpr std::string_view kKey = "config.keyId";

constexpr PropertyRow kProperties[] = {
    {"name", [](MachineFacts& machine, const Element& value) { machine.name = value.text(); }},
    {"runtime.powerState", [](MachineFacts& machine, const Element& value) { machine.power = value.text(); }},
    {"runtime.connectionState", [](MachineFacts& machine, const Element& value) { machine.connection = value.text(); }},
    {"config.guestFullName", [](MachineFacts& machine, const Element& value) { machine.guest = value.text(); }},
    {"config.template", [](MachineFacts& machine, const Element& value) { machine.is_template = is_true(value); }},
    {"config.files.vmPathName",
     [](MachineFacts& machine, const Element& value) { machine.configuration = value.text(); }},
    {"config.changeTrackingEnabled",
     [](MachineFacts& machine, const Element& value) { machine.tracks_changes = is_true(value); }},
    {kKey, [](MachineFacts& machine, const Element&) { machine.encrypted = true; }},
    {"config.hardware.device", read_devices},
    {"snapshot", [](MachineFacts& machine, const Element&) { machine.has_snapshot = true; }},
    {"datastore", read_datastores},
    {"layoutEx", read_layout},
};

ByteCount length_of(const MachineFacts& machine) {
  std::size_t length = machine.name.size() + machine.guest.size() + machine.configuration.size();
  for (const std::string& one : machine.datastores) length += one.size();
  for (const std::string& one : machine.missing) length += one.size();
  for (const DiskFacts& disk : machine.disks) {
    length += sizeof disk + disk.label.size() + disk.backing.size() + disk.mode.size();
    for (const BackingFile& file : disk.files) length += sizeof file + file.name.size() + file.datastore.size();
  }
  return ByteCount{sizeof machine + length};
}

}  // namespace

Records MachineCollector::records() {
  return {"objects", [this](const Element& object) { add(object); }};
}

/// An object may come again with more properties; what is kept of it is counted again, which errs on the safe side.
void MachineCollector::add(const Element& object) {
  count_work(1);
  const Element reference = object.child("obj");
  if (reference.type(false) != "VirtualMachine") return;
  MachineFacts& machine = machines_[reference.text()];
  for (const Element& pair : object.children("propSet")) {
    const std::string path = pair.child("name").text();
    const Element value = pair.child("val");
    for (const PropertyRow& row : kProperties) {
      if (row.path != path || !value) continue;
      row.read(machine, value);
      ++properties_;
    }
  }
  kept_ += length_of(machine);
  if (kept_ > kMostKept) {
    throw Error(ErrorKind::corrupt,
                fmt::format("the server's virtual machines take more than {} MiB of memory", kMostKept.value >> 20));
  }
}

std::vector<MachineFacts> MachineCollector::take() {
  std::vector<MachineFacts> all;
  all.reserve(machines_.size());
  for (auto& [reference, machine] : machines_) all.push_back(std::move(machine));
  machines_.clear();
  std::sort(all.begin(), all.end(), [](const MachineFacts& a, const MachineFacts& b) {
    return std::tie(a.name, a.configuration) < std::tie(b.name, b.configuration);
  });
  return all;
}

std::vector<std::string_view> machine_properties(bool encryption) {
  std::vector<std::string_view> paths;
  for (const PropertyRow& row : kProperties) {
    if (row.path != kKey || encryption) paths.push_back(row.path);
  }
  return paths;
}

}  // namespace rimfs::catalog::vsphere
