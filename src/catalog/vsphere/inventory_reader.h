// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "base/log.h"
#include "catalog/vsphere/inventory.h"
#include "catalog/vsphere/retrieval.h"
#include "catalog/vsphere/session.h"
#include "reactor/event_loop.h"
#include "reactor/offload.h"

namespace rimfs::catalog::vsphere {

/// Reads a server's inventory: only datacenters, datastores, datastore clusters, and the folders above datacenters; a
/// vCenter may have ten thousand other objects. Reactor only.
class InventoryReader {
 public:
  /// The references outlive the reader. `server`: its origin, for messages.
  InventoryReader(std::string server, std::shared_ptr<Session> session, reactor::EventLoop& loop,
                  reactor::Offload& pool, Log& log);

  /// Asks the server. Throws Error.
  reactor::Task<std::shared_ptr<const Inventory>> read();

 private:
  reactor::Task<> read_view(Objects& objects, Conversation& conversation);
  reactor::Task<> read_folders(Objects& objects, Conversation& conversation);

  const std::string server_;
  const std::shared_ptr<Session> session_;
  reactor::EventLoop& loop_;
  reactor::Offload& pool_;
  Log& log_;
  Retrieval retrieval_;
};

}  // namespace rimfs::catalog::vsphere
