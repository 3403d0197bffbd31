// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catalog/entry.h"
#include "catalog/vsphere/soap.h"

namespace rimfs::catalog::vsphere {

/// A datastore of a datacenter.
struct Datastore {
  std::string name;
  Reference browser;
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

/// The datacenters and datastores of a server at one time. Immutable.
class Inventory {
 public:
  /// From Datacenters, Datastores and Folders with their properties.
  explicit Inventory(const Objects& objects);

  const std::vector<Datacenter>& datacenters() const { return datacenters_; }

  /// What a path of names leads to. Throws Error{missing} that says what there is instead.
  Place find(const std::vector<std::string>& path) const;

  /// The folders of datacenters, datacenters or datastores that are right below a path.
  std::vector<std::string> names_below(const std::vector<std::string>& path) const;

 private:
  std::vector<Datacenter> datacenters_;
};

}  // namespace rimfs::catalog::vsphere
