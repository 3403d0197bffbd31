// SPDX-License-Identifier: MIT
// What is wrong with datastores, in words. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "catalog/vsphere/inventory.h"

namespace rimfs::catalog::vsphere {

/// True for a datastore that keeps disks as objects, not as files: vSAN and vVol.
bool keeps_objects(const Datastore& datastore);

/// What is wrong with a datastore, after "is": "not accessible: ...", "in maintenance mode", "on vSAN or vVol, ...";
/// empty when nothing is.
std::string_view trouble_of(const Datastore& datastore);

/// One sentence for each datastore that has a trouble in `now` which it did not have in `before` (may be null).
std::vector<std::string> new_troubles(const Inventory* before, const Inventory& now);

}  // namespace rimfs::catalog::vsphere
