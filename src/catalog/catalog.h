// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "catalog/source.h"
#include "catalog/source_kind.h"
#include "catalog/tree.h"

namespace rimfs::catalog {

/// The tree of a mount: the one source's own when it is a folder, otherwise all sources side by side. Asks no server.
std::shared_ptr<Tree> make_tree(const std::vector<Source>& sources, Services services);

}  // namespace rimfs::catalog
