// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "base/log.h"
#include "catalog/source.h"
#include "catalog/tree.h"
#include "http/client.h"
#include "reactor/event_loop.h"
#include "reactor/offload.h"

namespace rimfs::catalog {

/// What trees are built from; all of it outlives them.
struct Services {
  reactor::EventLoop& loop;
  http::Client& client;
  reactor::Offload& pool;  ///< For reading what servers list.
  Log& log;
};

/// The tree of a mount: the one source's own when it is a folder, otherwise all sources side by side. Asks no server.
std::shared_ptr<Tree> make_tree(const std::vector<Source>& sources, Services services);

}  // namespace rimfs::catalog
