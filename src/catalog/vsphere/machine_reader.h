// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalog/vsphere/machine_facts.h"
#include "catalog/vsphere/retrieval.h"
#include "catalog/vsphere/server_tools.h"

namespace rimfs::catalog::vsphere {

/// Asks a server for all its virtual machines. Reactor only.
class MachineReader {
 public:
  /// What the tools refer to outlives the reader.
  explicit MachineReader(const ServerTools& tools) : tools_(tools), retrieval_(tools) {}

  /// Sorted by name. Throws Error.
  reactor::Task<std::vector<MachineFacts>> read();

 private:
  reactor::Task<> read_into(MachineCollector& machines, Conversation& conversation);
  reactor::Task<> read_properties(MachineCollector& machines, bool encryption, Conversation& conversation);

  const ServerTools tools_;
  Retrieval retrieval_;
};

}  // namespace rimfs::catalog::vsphere
