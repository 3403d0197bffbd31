// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/entry.h"
#include "catalog/vsphere/soap.h"

namespace rimfs::catalog::vsphere {

/// A datastore of a datacenter. What the server does not tell is empty, and means nothing.
struct Datastore {
  std::string name;   ///< As requests want it: with the server's own escapes.
  std::string shown;  ///< As people write it.
  Reference browser;
  std::string reference;    ///< Of the datastore itself, as other objects refer to it.
  std::string cluster;      ///< The shown name of the datastore cluster that it belongs to; empty: none.
  std::string volume;       ///< Its name below /vmfs/volumes on ESXi: a UUID, for NFS two words, for vSAN "vsan:...".
  std::string type;         ///< "VMFS", "NFS", "vsan", "VVOL" ...
  std::string maintenance;  ///< The server's word for its maintenance mode: "normal", "inMaintenance" ...
  bool accessible = true;   ///< False: no host reaches it now.
};

/// A datacenter with its place in the inventory: the names of the folders above it, and its own.
struct Datacenter {
  std::vector<std::string> path;  ///< As people write them.
  std::string dc_path;            ///< As /folder wants them: with the server's own escapes, divided by "/".
  std::vector<Datastore> datastores;
};

/// A place below the inventory: in a folder of datacenters, a datacenter, or a datastore and a path in it.
struct Place {
  const Datacenter* datacenter = nullptr;  ///< Null above the datacenters.
  const Datastore* datastore = nullptr;    ///< Null above the datastores.
  std::vector<std::string> path;           ///< In the datastore.
};

/// The folder of a place as datastore paths name it: "[DATASTORE] FOLDER/FOLDER". The datastore is not null. Pure.
std::string datastore_path(const Place& place);

/// The most folders above one another. A server that tells of more names a folder inside itself.
constexpr int kDeepestInventory = 64;

/// The datacenters and datastores of a server at one time, as a tree of names:
///   DATACENTER/DATASTORE/...            as vSphere's clients show it, datacenters in their folders
///   DATACENTER/CLUSTER/DATASTORE/...    a datastore cluster is a folder; its datastores are found beside it, too
///   [DATASTORE] ..., DATACENTER/[DATASTORE] ...   datastore paths, as .vmx files and vSphere's clients write them
///   vmfs/volumes/VOLUME-OR-DATASTORE/...          absolute paths of ESXi, as descriptors of linked clones name parents
/// The last three forms, and datastores beside their cluster, are found by name and not listed. Immutable.
class Inventory {
 public:
  /// From Datacenters, Datastores, StoragePods and Folders with their properties.
  explicit Inventory(const Objects& objects);

  const std::vector<Datacenter>& datacenters() const { return datacenters_; }

  /// What a path of names leads to. Throws Error{missing} that says what there is instead, Error{misuse} for a
  /// datastore path that fits several datastores.
  Place find(const std::vector<std::string>& path) const;

  /// A folder right below a path. A value.
  struct Name {
    std::string name;
    bool listed;  ///< Otherwise it is found only by its name.
  };
  /// The folders of datacenters, datacenters, clusters, datastores or volumes that are right below a path that leads to
  /// no datastore. Sorted by name.
  std::vector<Name> names_below(const std::vector<std::string>& path) const;

 private:
  using Path = std::vector<std::string>;

  Place in_datacenter(const Datacenter& datacenter, const Path& path) const;
  std::optional<Place> find_volume(const Path& path) const;
  std::optional<Place> find_datastore_path(const Path& path) const;
  Path listed_names(const Path& path) const;

  std::vector<Datacenter> datacenters_;
};

/// "UUID" of "ds:///vmfs/volumes/UUID/" (vCenter) or "/vmfs/volumes/UUID" (ESXi); empty for anything else. Pure.
std::string volume_of_url(std::string_view url);

}  // namespace rimfs::catalog::vsphere
