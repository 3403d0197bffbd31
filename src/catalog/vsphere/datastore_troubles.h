// SPDX-License-Identifier: MIT
// What is wrong with datastores, in words. Pure, except for the log.
#pragma once

#include <string_view>

#include "base/log.h"
#include "catalog/vsphere/inventory.h"

namespace rimfs::catalog::vsphere {

/// What is wrong with a datastore, after "is": "not accessible: ...", "in maintenance mode", "on vSAN, ..."; empty when nothing is.
std::string_view trouble_of(const Datastore& datastore);

/// Logs one warning for each datastore that has a trouble in `now` which it did not have in `before` (may be null).
void log_new_troubles(Log& log, const Inventory* before, const Inventory& now);

/// Why a datastore has no file for a disk's data although it has the descriptor, after a message: "; vSAN keeps ...".
/// Empty where a datastore has such files.
std::string_view reason_without_files(const Datastore& datastore);

}  // namespace rimfs::catalog::vsphere
