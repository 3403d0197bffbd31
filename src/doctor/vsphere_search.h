// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalog/vsphere/session.h"
#include "catalog/vsphere/soap.h"
#include "doctor/examination.h"

namespace rimfs::doctor {

/// The body of a search without queries, which asks for the details of each file. `path`: "[DATASTORE] FOLDER". Pure.
std::string search_without_query(const catalog::vsphere::Reference& browser, const std::string& path);

/// Runs a search of the datastore browser that `request` begins, and waits for it. Throws Error, for a search that
/// ends with a fault, too: its type is in the message; Error{corrupt} for more entries than catalog::ListingLimits.
reactor::Task<std::vector<catalog::vsphere::FoundFile>> run_search(Examination& examination,
                                                                   std::shared_ptr<catalog::vsphere::Session> session,
                                                                   std::string request);

}  // namespace rimfs::doctor
