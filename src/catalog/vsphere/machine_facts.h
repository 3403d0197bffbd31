// SPDX-License-Identifier: MIT
// What a server tells of its virtual machines: the properties that are asked for, and their values. Pure.
// Source: vSphere Web Services API 6.5, data objects VirtualMachineConfigInfo, VirtualDisk, VirtualDeviceBackingInfo
// and VirtualMachineFileLayoutEx.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "catalog/xml.h"

namespace rimfs::catalog::vsphere {

/// A disk's descriptor as a backing names it. A value.
struct BackingFile {
  std::string name;       ///< "[datastore] folder/name.vmdk"; empty when the server does not tell.
  std::string datastore;  ///< The reference of its datastore; empty when the server does not tell.
};

/// A virtual disk. A value.
struct DiskFacts {
  std::string label;
  std::string backing;  ///< The type of the backing: "VirtualDiskFlatVer2BackingInfo" ...
  std::string mode;     ///< "persistent", "independent_persistent" ...
  bool encrypted = false;
  ByteCount size;
  std::vector<BackingFile> files;  ///< The one in use first, then its parents, the nearest first. Never empty.
};

/// A virtual machine. What the server does not tell is empty or false. A value.
struct MachineFacts {
  std::string name;
  std::string power;       ///< "poweredOn" ...
  std::string connection;  ///< "connected", "orphaned" ...
  std::string guest;
  std::string configuration;  ///< "[datastore] folder/name.vmx"
  bool is_template = false;
  bool has_snapshot = false;
  bool tracks_changes = false;
  bool encrypted = false;
  std::set<std::string> datastores;  ///< The references of all that it uses.
  std::set<std::string> missing;     ///< The names of its files that the server cannot reach.
  std::vector<DiskFacts> disks;
};

/// Collects machines from the parts of a retrieval, in any number of parts; one machine's properties may be divided
/// among several. One thread at a time.
class MachineCollector {
 public:
  /// Takes each machine of one reply. The collector outlives the records. They throw Error{corrupt} beyond 64 MiB of
  /// texts: 100,000 machines with two disks need half of it.
  Records records();

  std::size_t machines() const { return machines_.size(); }
  std::size_t properties() const { return properties_; }
  /// All machines, sorted by name. The collector is empty afterwards.
  std::vector<MachineFacts> take();

 private:
  void add(const Element& object);

  std::map<std::string, MachineFacts> machines_;  // by reference
  std::size_t properties_ = 0;
  ByteCount kept_;
};

/// The paths of the properties to ask for. `encryption`: also the one that versions of the API before 6.5 do not know,
/// and refuse with InvalidProperty.
std::vector<std::string_view> machine_properties(bool encryption);

}  // namespace rimfs::catalog::vsphere
