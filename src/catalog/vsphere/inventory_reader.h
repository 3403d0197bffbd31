// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "catalog/vsphere/inventory.h"
#include "catalog/vsphere/retrieval.h"
#include "catalog/vsphere/server_tools.h"

namespace rimfs::catalog::vsphere {

/// Reads a server's inventory: only datacenters, datastores, datastore clusters, and the folders above datacenters; a
/// vCenter may have ten thousand other objects. Reactor only.
class InventoryReader {
 public:
  /// What the tools refer to outlives the reader.
  explicit InventoryReader(const ServerTools& tools) : tools_(tools), retrieval_(tools) {}

  /// Asks the server. Throws Error.
  reactor::Task<std::shared_ptr<const Inventory>> read();

 private:
  reactor::Task<> read_view(Objects& objects, Conversation& conversation);
  reactor::Task<> read_folders(Objects& objects, Conversation& conversation);

  const ServerTools tools_;
  Retrieval retrieval_;
};

}  // namespace rimfs::catalog::vsphere
