// SPDX-License-Identifier: MIT
#pragma once

#include "catalog/tree.h"
#include "doctor/examination.h"

namespace rimfs::doctor {

/// Lists the root of a tree as a mount does; adds the row "listing". Returns the entries, whose names the report does
/// not show; none when it failed. `expected`: the words of the row. `tree` outlives the task.
reactor::Task<catalog::Entries> check_listing(Examination& examination, catalog::Tree& tree, std::string expected);

/// The file whose checks cost least: the smallest of known size that is not empty; null when there is none. Pure.
const catalog::Entry* smallest_file(const catalog::Entries& entries);

}  // namespace rimfs::doctor
