// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "catalog/vsphere/machine_facts.h"
#include "catalog/vsphere/retrieval.h"
#include "catalog/vsphere/session.h"
#include "reactor/event_loop.h"
#include "reactor/offload.h"

namespace rimfs::catalog::vsphere {

/// Asks a server for all its virtual machines. Reactor only.
class MachineReader {
 public:
  /// The references outlive the reader. `server`: its origin, for messages.
  MachineReader(std::string server, std::shared_ptr<Session> session, reactor::EventLoop& loop, reactor::Offload& pool,
                Log& log);

  /// Sorted by name. Throws Error.
  reactor::Task<std::vector<MachineFacts>> read();

 private:
  reactor::Task<> read_into(MachineCollector& machines, Conversation& conversation);
  reactor::Task<> read_properties(MachineCollector& machines, bool encryption, Conversation& conversation);

  const std::string server_;
  const std::shared_ptr<Session> session_;
  reactor::EventLoop& loop_;
  reactor::Offload& pool_;
  Log& log_;
  Retrieval retrieval_;
};

}  // namespace rimfs::catalog::vsphere
