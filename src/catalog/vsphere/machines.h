// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "catalog/machine.h"
#include "catalog/vsphere/inventory.h"
#include "catalog/vsphere/machine_facts.h"

namespace rimfs::catalog::vsphere {

/// The machines whose configuration lies in or below the folder `below`, with the paths of their files in a tree whose
/// root is `root`: names from the top of the inventory, in any of its forms. A machine whose configuration the server
/// does not tell is only among those of the whole server. Pure; for a pool, because it takes as long as the list is.
Machines machines_of(const std::vector<MachineFacts>& facts, const Inventory& inventory,
                     const std::vector<std::string>& root, const std::vector<std::string>& below);

}  // namespace rimfs::catalog::vsphere
