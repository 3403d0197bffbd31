// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/vsphere/inventory.h"

namespace rimfs::catalog::vsphere {

/// Finds the places of files that a server names "[datastore] folder/name". Pure. The inventory outlives it.
class FilePlaces {
 public:
  explicit FilePlaces(const Inventory& inventory) : inventory_(inventory) {}

  /// `datastores`: the references of those that may be meant, because several datacenters may have a datastore of one
  /// name; empty: any. Nothing when the name leads to none or to several.
  std::optional<Place> find(std::string_view name, const std::set<std::string>& datastores) const;

 private:
  const Inventory& inventory_;
};

/// A folder of the inventory, by the names that lead to it.
class InventoryFolder {
 public:
  /// Leads to nothing when the names do. The inventory outlives the folder.
  InventoryFolder(const Inventory& inventory, std::vector<std::string> names);

  /// The path of a file from this folder, as it is found there: names made safe, divided by "/". Nothing when the file
  /// is not below it.
  std::optional<std::string> path_of(const Place& file) const;
  bool has(const Place& file) const { return names_below(file).has_value(); }
  /// True for the top of the inventory.
  bool is_top() const { return names_.empty(); }

 private:
  std::optional<std::vector<std::string>> names_below(const Place& file) const;

  const std::vector<std::string> names_;
  std::optional<Place> place_;
};

}  // namespace rimfs::catalog::vsphere
